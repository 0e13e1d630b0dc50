// Chooses several people: those who are chosen, above those who can be.

import { el, renderList } from '../lib/dom.js';
import { strings } from '../lib/group_strings.js';
import { nameOf, plainNameOf, row, rowButton } from '../account/section.js';
import { PeoplePicker } from './people_picker.js';

const t = strings.picker;

export class MembersPicker {
  #chosen = new Map();
  #picker;
  #title = el('h3', { hidden: true }, t.chosen);
  #list = el('ul', { class: 'items', 'aria-label': t.chosen });

  /** `without` are the usernames of those who are not offered. */
  constructor(without = []) {
    this.#picker = new PeoplePicker((user) => this.#choose(user), { pick: t.add, pickName: t.addName });
    for (const username of without) this.#picker.hidden.add(username);
    const chosen = el('div', { class: 'stack titled' }, this.#title, this.#list);
    this.element = el('div', { class: 'stack' }, chosen, this.#picker.element);
  }

  get usernames() {
    return [...this.#chosen.keys()];
  }

  #choose(user) {
    this.#chosen.set(user.username, user);
    this.#picker.hidden.add(user.username);
    this.#render();
  }

  #drop({ username }) {
    this.#chosen.delete(username);
    this.#picker.hidden.delete(username);
    this.#render();
  }

  #render() {
    const drop = (user) => rowButton(t.drop, t.dropName(plainNameOf(user)), () => this.#drop(user));
    renderList(
      this.#list,
      [...this.#chosen.values()].map((user) => [user.username, () => row(nameOf(user), null, drop(user))]),
    );
    this.#title.hidden = this.#chosen.size === 0;
    this.#picker.render();
    this.#picker.focus();
  }
}
