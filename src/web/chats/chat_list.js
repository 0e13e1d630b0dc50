// The list of all chats, with a filter, and a button that begins a new one.

import { button, coalesce, el, lazy, renderList } from '../lib/dom.js';
import { menuItem, toggleMenu } from '../lib/popup_menu.js';
import { now } from '../lib/api.js';
import { base } from '../lib/base.js';
import { searchKey } from '../lib/safe_text.js';
import * as session from '../lib/session.js';
import { strings } from '../lib/chats_strings.js';
import { every } from '../lib/time.js';
import { ChatListModel } from './chat_list_model.js';
import { ChatRow, endedRow, knockRow } from './chat_row.js';

const t = strings;
/** More chats than this show the filter. */
const FILTER_THRESHOLD = 12;
/** Chats that end sooner than this, in milliseconds, are counted down by the second. */
const SOON = 310_000;

/** Loads the styles of the list, which pages without one do not need. */
const loadStyles = lazy(
  () =>
    new Promise((resolve) => {
      const href = new URL('../styles/chats.css', import.meta.url).href;
      document.head.append(el('link', { rel: 'stylesheet', href, on: { load: resolve, error: resolve } }));
    }),
);

/** Loads a list, with the options of `ChatList`. */
export async function loadChatList(options) {
  await loadStyles();
  return new ChatList(options);
}

class ChatList {
  model = new ChatListModel();
  #rows = new Map();
  #ended = new Map();
  #onOpen;
  #endsSoon = false;
  #knocks = el('ul', { class: 'chat-rows' });
  #list = el('ul', { class: 'chat-rows' });
  #filter = el('input', { type: 'search', 'aria-label': t.filter, placeholder: t.filter, autocomplete: 'off', dir: 'auto', hidden: true });
  #status = el('p', { class: 'hint', role: 'status' });

  /** `onOpen(id)` opens a chat without loading a page, where there is one; `side` places the list beside an open chat. */
  constructor({ onOpen = null, side = false } = {}) {
    this.#onOpen = onOpen;
    const begin = button(t.begin.title, { icon: 'plus', class: 'plain small', 'aria-haspopup': 'menu', 'aria-expanded': 'false' });
    begin.addEventListener('click', () => toggleMenu(begin, t.begin.title, this.#choices()));
    const head = el('div', { class: 'chats-head' }, el('h2', {}, t.title), begin);
    this.element = el('nav', { class: 'chats', 'aria-label': t.title }, head, this.#filter, this.#knocks, this.#list, this.#status);
    this.element.classList.toggle('side', side);
    this.#list.addEventListener('click', (event) => this.#onClick(event));
    this.#list.addEventListener('keydown', (event) => this.#onKeyDown(event));
    this.#filter.addEventListener('input', () => this.#render());
    this.model.addEventListener(
      'change',
      coalesce(() => this.#render()),
    );
    every(20_000, () => this.#render(), this.model.signal);
    every(1_000, () => this.#endsSoon && this.#render(), this.model.signal);
    this.#render();
  }

  /** Marks a chat as the one that is shown. */
  select(id) {
    this.model.current = id;
    this.#render();
    this.#list.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }

  /** What begins a chat; without an account, signing in comes first. */
  #choices() {
    const goes = (path) => () => location.assign(base + path);
    const signedIn = (action) => (session.account() ? action : goes('/sign-in'));
    const direct = () => import('./new_direct.js').then(({ newDirect }) => newDirect((name) => this.model.chatWith(name), this.#open));
    const group = () => import('./new_group.js').then(({ newGroup }) => newGroup(this.#open));
    return [
      menuItem(t.begin.direct, { icon: 'person', onChoose: signedIn(direct) }),
      menuItem(t.begin.group, { icon: 'people', onChoose: signedIn(group) }),
      menuItem(t.begin.link, { icon: 'door', onChoose: goes('/#open') }),
    ];
  }

  /** Opens a chat, in the page if that can. */
  #open = (id) => (this.#onOpen ? this.#onOpen(id) : location.assign(`${base}/c/${id}`));

  #render() {
    const { rows, knocks, current } = this.model;
    this.#filter.hidden = rows.length <= FILTER_THRESHOLD && this.#filter.value === '';
    const wanted = searchKey(this.#filter.value);
    const fits = ({ title, username }) => searchKey(`${title ?? ''} ${username ?? ''}`).includes(wanted);
    const shown = wanted === '' ? rows : rows.filter(fits);
    renderList(
      this.#knocks,
      knocks.map((knock) => [JSON.stringify(knock), () => knockRow(knock)]),
    );
    this.#knocks.hidden = knocks.length === 0;
    this.#endsSoon = shown.some(({ expiresAt }) => expiresAt > 0 && expiresAt - now() < SOON);
    this.#place(shown.map((row) => this.#elementOf(row, current)));
    this.#updateTabStop();
    const hint = !this.model.isComplete ? t.loading : rows.length + knocks.length === 0 ? t.none : shown.length === 0 ? t.nothingFound : '';
    if (this.#status.textContent !== hint) this.#status.textContent = hint;
    this.#status.hidden = hint === '';
  }

  /** Makes one row the tab stop for all: the one with the focus, the open chat, or the first. */
  #updateTabStop() {
    const links = [...this.#list.querySelectorAll('a')];
    const stop = links.find((link) => link === document.activeElement) ?? links.find((link) => link.ariaCurrent) ?? links[0];
    for (const link of links) link.tabIndex = link === stop ? 0 : -1;
  }

  #elementOf(row, current) {
    if (row.ended) return this.#endedOf(row);
    if (!this.#rows.has(row.id)) this.#rows.set(row.id, new ChatRow(row));
    const shown = this.#rows.get(row.id);
    shown.update(row, row.id === current);
    return shown.element;
  }

  #endedOf(row) {
    if (!this.#ended.has(row.id))
      this.#ended.set(
        row.id,
        endedRow(row, () => this.model.forget(row.id)),
      );
    return this.#ended.get(row.id);
  }

  /** Brings rows into their order; a row that has the focus keeps it. */
  #place(elements) {
    const { activeElement } = document;
    const wanted = new Set(elements);
    for (const element of [...this.#list.children]) if (!wanted.has(element)) element.remove();
    elements.forEach((element, at) => {
      if (this.#list.children[at] !== element) this.#list.insertBefore(element, this.#list.children[at] ?? null);
    });
    if (activeElement !== document.activeElement && this.#list.contains(activeElement)) activeElement.focus({ preventScroll: true });
  }

  #onClick(event) {
    const id = event.target.closest('[data-chat]')?.dataset.chat;
    if (!id || !this.#onOpen || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.#onOpen(id);
  }

  /** Arrow keys move between the chats. */
  #onKeyDown(event) {
    const links = [...this.#list.querySelectorAll('a')];
    const at = links.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (at < 0 || !links[next]) return;
    event.preventDefault();
    links[next].focus();
    this.#updateTabStop();
  }
}
