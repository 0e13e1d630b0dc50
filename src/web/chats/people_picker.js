// Finds people among friends and, as one types, among everybody who can be found.

import { call } from '../lib/api.js';
import { el, field, renderList } from '../lib/dom.js';
import { problemMessage } from '../lib/layout.js';
import * as session from '../lib/session.js';
import { strings } from '../lib/group_strings.js';
import { nameOf, plainNameOf, row, rowButton } from '../account/section.js';

const t = strings.picker;
/** Wait after the last key before a search. */
const SEARCH_DELAY = 300;
const MIN_LENGTH = 2;
const PAGE_SIZE = 20;

export class PeoplePicker {
  /** Usernames that are not offered. */
  hidden = new Set();
  #onPick;
  #pick;
  #input = el('input', { type: 'search', maxlength: 40, autocomplete: 'off', autocapitalize: 'none', autofocus: true });
  #title = el('h3', {}, t.friends);
  #list = el('ul', { class: 'items' });
  #status = el('p', { class: 'hint', role: 'status' });
  #fault = problemMessage();
  #people = [];
  #timer = null;
  #asked = 0;

  /**
   * `onPick(user)` is called with whom one picks; `pick` is the text of the buttons, and `pickName(name)` their full name. Who takes no
   * messages can only be picked if `always(user)`.
   */
  constructor(onPick, { pick, pickName, always = () => false }) {
    this.#onPick = onPick;
    this.#pick = { pick, pickName, always };
    const found = el('div', { class: 'stack titled picker-found' }, this.#title, this.#list, this.#status);
    this.element = el('div', { class: 'stack' }, field(t.label, this.#input), this.#fault, found);
    this.#input.addEventListener('input', () => this.#onInput());
    this.#input.addEventListener('keydown', (event) => event.key === 'Enter' && event.preventDefault());
    this.#search('');
  }

  focus() {
    this.#input.focus();
  }

  /** Shows the people again, without those who are hidden. */
  render() {
    const shown = this.#people.filter(({ username, friendship }) => !this.hidden.has(username) && friendship !== 'self');
    renderList(
      this.#list,
      shown.map((user) => [user.username, () => this.#row(user)]),
    );
    this.#title.hidden = this.#wanted !== '' || shown.length === 0;
    this.#status.textContent = shown.length > 0 || this.#people.length > 0 ? '' : this.#wanted ? t.none : t.noFriends;
    this.#status.hidden = this.#status.textContent === '';
  }

  get #wanted() {
    const wanted = this.#input.value.trim();
    return [...wanted].length < MIN_LENGTH ? '' : wanted;
  }

  #onInput() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#search(this.#wanted), SEARCH_DELAY);
  }

  async #search(wanted) {
    const asked = (this.#asked += 1);
    const path = wanted === '' ? '/v1/friends?limit=200' : `/v1/users?search=${encodeURIComponent(wanted)}&limit=${PAGE_SIZE}`;
    try {
      const { items } = await call('GET', path, { credential: session.credential });
      if (asked !== this.#asked) return;
      this.#fault.show('');
      this.#people = wanted === '' ? items.map(({ user }) => user) : items;
      this.render();
    } catch (problem) {
      if (asked === this.#asked) this.#fault.show(problem.userMessage ?? String(problem));
    }
  }

  #row(user) {
    const { pick, pickName, always } = this.#pick;
    if (!user.accepts_messages && !always(user)) return row(nameOf(user), t.closed);
    return row(
      nameOf(user),
      null,
      rowButton(pick, pickName(plainNameOf(user)), () => this.#onPick(user), 'plain'),
    );
  }
}
