// Finds people by name, and asks them to be friends.

import { button, el, fill } from '../lib/dom.js';
import { problemMessage } from '../lib/layout.js';
import { strings } from '../lib/account_strings.js';
import { apiForm, textField } from '../lib/form.js';
import { nameOf, plainNameOf, row, rowButton, section } from './section.js';

const t = strings.search;
const PAGE_SIZE = 20;

class PeopleSearch {
  #model;
  #people;
  #list = el('ul', { class: 'items' });
  #fault = problemMessage();
  #more = button(t.more, { class: 'plain', hidden: true });
  #found = new Map();

  constructor(model, people) {
    this.#model = model;
    this.#people = people;
    const field = textField(t.label, 'search', {
      type: 'search',
      required: true,
      minlength: 2,
      maxlength: 40,
      autocomplete: 'off',
      autocapitalize: 'none',
    });
    const form = apiForm({ 'aria-label': t.title, role: 'search', submit: t.submit, kind: 'plain', fields: [field] }, ({ search }) =>
      this.#search(search),
    );
    this.element = section(t.title, form, this.#fault, this.#list, el('div', { class: 'buttons' }, this.#more));
  }

  async #search(search) {
    this.#found.clear();
    fill(this.#list);
    await this.#page(search, '');
    return this.#found.size === 0 ? t.none : t.found(this.#found.size, !this.#more.hidden);
  }

  async #page(search, cursor) {
    const query = `search=${encodeURIComponent(search)}&limit=${PAGE_SIZE}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const page = await this.#model.call('GET', `/v1/users?${query}`);
    for (const user of page.items) this.#show(user);
    this.#more.hidden = !page.has_more;
    this.#more.onclick = () => this.#page(search, page.cursor).catch((problem) => this.#fault.show(problem.userMessage));
  }

  /** Shows a person with what can be done, in place of what was shown of them before. */
  #show(user) {
    const shown = this.#row(user);
    const before = this.#found.get(user.username);
    if (before) before.replaceWith(shown);
    else this.#list.append(shown);
    this.#found.set(user.username, shown);
  }

  #row(user) {
    const about = { self: t.you, friends: t.friend, outgoing: t.asked, incoming: t.asks }[user.friendship];
    const ask = user.friendship === 'none' && rowButton(t.add, t.addName(plainNameOf(user)), () => this.#ask(user, ask), 'plain');
    return row(nameOf(user), about, ask || null);
  }

  async #ask(user, pressed) {
    this.#fault.show('');
    pressed.disabled = true;
    try {
      const { status } = await this.#people.ask(user.username);
      this.#show({ ...user, friendship: status === 'accepted' ? 'friends' : 'outgoing' });
      this.element.focusHeading();
    } catch (problem) {
      this.#fault.show(problem.userMessage ?? String(problem));
      pressed.disabled = false;
    }
  }
}

export const searchSection = (model, people) => new PeopleSearch(model, people).element;
