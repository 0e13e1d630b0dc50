// The list of pending knocks: cards, newest first, in pages, with a filter and bulk decisions.

import { button, coalesce, el, fill } from '../lib/dom.js';
import { searchKey, plainText } from '../lib/safe_text.js';
import { strings } from '../lib/strings.js';
import { problemMessage } from '../lib/layout.js';
import { every } from '../lib/time.js';
import { KnockCard } from './knock_card.js';

const t = strings.knocks;
/** Cards per page. */
const PAGE_SIZE = 20;
/** Maximum number of cards. */
const MAX_CARDS = 200;
/** New cards per frame: more would delay typing. */
const MAX_NEW_PER_FRAME = 5;
/** More knocks than this show the filter. */
const FILTER_THRESHOLD = 12;
/** This many knocks show the bulk buttons. */
const BULK_THRESHOLD = 3;
/** Minimum interval between announcements, in milliseconds. */
const ANNOUNCE_INTERVAL = 1_000;
/** How long clicks and keys are guarded after cards have moved. */
const MOVE_GUARD = 300;

export class Knocks {
  #model;
  #cards = new Map();
  #shown = [];
  /** Creation time of the newest card if there are several pages: later knocks stay hidden until requested, so that no card moves. */
  #newest = null;
  #limit = PAGE_SIZE;
  #moveTimer = null;
  #firstBeforeMove = null;
  #announcedOnce = false;
  #unannounced = [];
  #announceTimer = null;
  #quietUntil = 0;
  #list = el('ul', { class: 'knock-list' });
  #title = el('h2', {});
  #filter = el('input', { type: 'search', 'aria-label': t.filter, placeholder: t.filter, autocomplete: 'off', dir: 'auto', hidden: true });
  #found = el('p', { class: 'knock-found hint', role: 'status' });
  #fault = problemMessage();
  #liveRegion = el('p', { class: 'visually-hidden', role: 'alert' });
  #newerButton = button(' ', { class: 'plain small newer', hidden: true, onClick: () => this.#showNewer() });
  #admitAll = button(' ', { class: 'plain small', icon: 'check', onClick: () => this.#decideMany(t.admitting, { approve: true }) });
  #declineAll = button(' ', { class: 'quiet small', onClick: () => this.#decideMany(t.declining, { approve: false }) });
  #bulkButtons = el('div', { class: 'buttons' }, this.#admitAll, this.#declineAll);
  #rest = el('span', {});
  #moreButton = button(' ', { class: 'plain small', onClick: () => this.#showMore() });
  #more = el('p', { class: 'more' }, this.#rest, this.#moreButton);
  #renderSoon = coalesce(() => this.#render());

  constructor(model) {
    this.#model = model;
    const head = el('div', { class: 'knock-head' }, this.#title, this.#filter, this.#bulkButtons);
    const parts = [head, this.#found, this.#fault, this.#newerButton, this.#list, this.#more];
    this.panel = el('section', { class: 'knocks', 'aria-label': t.label, hidden: true }, parts);
    this.element = el('div', { class: 'door-side' }, this.panel, this.#liveRegion);
    this.#filter.addEventListener('input', () => this.#resetView());
    model.on('knocks', () => this.#renderSoon());
    model.on('knocked', ({ knock }) => this.#announce(knock));
    document.addEventListener('keydown', (event) => this.#onKeyDown(event), { signal: model.signal });
    every(20_000, () => this.#updateAges(), model.signal);
    this.#renderSoon();
  }

  /** Alt+Y and Alt+N decide the first card from anywhere on the page; not one that has just been inserted above it. */
  #onKeyDown(event) {
    if (event.repeat || !event.altKey || event.ctrlKey || event.metaKey || document.querySelector('dialog[open]')) return;
    const act = { y: 'admit', n: 'decline' }[letterOf(event)];
    const first =
      (this.#moveTimer && this.#cards.get(this.#firstBeforeMove)) ?? this.#cards.get(this.#list.firstElementChild?.dataset.knock);
    if (!act || !first) return;
    event.preventDefault();
    first[act]();
  }

  /** Announces knocks to screen readers at most once a second: one by name, several by number. */
  #announce(knock) {
    this.#announcedOnce = true;
    this.#unannounced.push(knock);
    if (this.#announceTimer !== null) return;
    this.#announceTimer = setTimeout(
      () => {
        const [only, ...others] = this.#unannounced.splice(0);
        this.#announceTimer = null;
        this.#quietUntil = Date.now() + ANNOUNCE_INTERVAL;
        const text = others.length === 0 ? t.arrived(plainText(only.name)) : t.title(this.#model.door.knocks.size);
        fill(this.#liveRegion, el('span', {}, text));
      },
      Math.max(0, this.#quietUntil - Date.now()),
    );
  }

  /** The knocks that match the filter, newest first. */
  #matching() {
    const wanted = searchKey(this.#filter.value);
    const waiting = [...this.#model.door.knocks.values()].reverse();
    return wanted === ''
      ? waiting
      : waiting.filter(({ name, code }) => searchKey(name).includes(wanted) || searchKey(code).includes(wanted));
  }

  /** Index of the first visible knock, after the newer ones that stay hidden. */
  #firstVisibleIndex(matching) {
    if (matching.length <= PAGE_SIZE) this.#newest = null;
    else this.#newest ??= matching[Math.min(matching.length - PAGE_SIZE, Math.max(0, matching.indexOf(this.#shown[0])))].created_at;
    if (this.#newest === null) return 0;
    const from = matching.findIndex((knock) => knock.created_at <= this.#newest);
    if (from < 0) this.#newest = matching[0].created_at;
    return Math.max(0, from);
  }

  #render() {
    const all = this.#model.door.knocks.size;
    if (all === 0) this.#filter.value = '';
    const matching = this.#matching();
    const from = this.#firstVisibleIndex(matching);
    this.#shown = matching.slice(from, from + this.#limit);
    this.#updateCards(this.#shown);
    this.panel.hidden = all === 0;
    this.#title.textContent = t.title(all);
    this.#newerButton.hidden = from === 0;
    this.#newerButton.lastElementChild.textContent = t.newer(from);
    this.#updateToolbar(all, matching.length);
    this.#renderRest(matching.length - from - this.#shown.length);
    if (!this.#announcedOnce && all > 0) for (const knock of this.#shown) this.#announce(knock);
  }

  /** Updates the cards to these knocks in their order; creates new ones over several frames. */
  #updateCards(shown) {
    const ids = new Set(shown.map((knock) => knock.knock_id));
    for (const [id, card] of this.#cards) if (!ids.has(id)) this.#removeCard(id, card);
    const first = this.#list.firstElementChild;
    const fresh = shown.filter((knock) => !this.#cards.has(knock.knock_id));
    for (const knock of fresh.slice(0, MAX_NEW_PER_FRAME)) this.#cards.set(knock.knock_id, new KnockCard(knock, this.#model));
    const cards = shown.map((knock) => this.#cards.get(knock.knock_id)).filter(Boolean);
    cards.forEach(({ element }, at) => {
      if (this.#list.children[at] !== element) this.#list.insertBefore(element, this.#list.children[at] ?? null);
    });
    if (fresh.length > MAX_NEW_PER_FRAME) this.#renderSoon();
    if (first && first !== this.#list.firstElementChild) this.#guardMove(first.dataset.knock);
  }

  /** After cards have moved down, disables clicks for a moment, and applies keys to the card that was first. */
  #guardMove(first) {
    if (this.#moveTimer) clearTimeout(this.#moveTimer);
    else this.#firstBeforeMove = first;
    this.#list.classList.add('moving');
    this.#moveTimer = setTimeout(() => {
      this.#list.classList.remove('moving');
      this.#moveTimer = null;
    }, MOVE_GUARD);
  }

  #updateToolbar(all, matching) {
    const filtered = this.#filter.value !== '';
    this.#filter.hidden = all <= FILTER_THRESHOLD && !filtered;
    this.#found.textContent = filtered ? (matching === 0 ? t.nobody : t.found(matching)) : '';
    this.#bulkButtons.hidden = all < BULK_THRESHOLD || matching === 0;
    const whole = this.#shown.length === all;
    this.#admitAll.lastElementChild.textContent = whole ? t.admitting.all : t.admitting.those;
    this.#declineAll.lastElementChild.textContent = whole ? t.declining.all : t.declining.those;
  }

  #renderRest(rest) {
    this.#more.hidden = rest === 0;
    this.#rest.textContent = this.#limit < MAX_CARDS ? t.more(rest) : t.tooMany(rest);
    this.#moreButton.hidden = this.#limit >= MAX_CARDS;
    this.#moreButton.lastElementChild.textContent = t.further(Math.min(PAGE_SIZE, rest));
  }

  /** Shows the first page of matching knocks. */
  #resetView() {
    this.#limit = PAGE_SIZE;
    this.#newest = null;
    this.#shown = [];
    this.#render();
    this.panel.scrollTop = 0;
  }

  #showNewer() {
    this.#resetView();
    this.#list.querySelector('button')?.focus();
  }

  #showMore() {
    const last = this.#list.lastElementChild;
    this.#limit += PAGE_SIZE;
    this.#render();
    last?.nextElementSibling?.querySelector('button').focus();
  }

  /** Removes a card and moves the focus to the next one. */
  #removeCard(id, card) {
    const focused = card.element.contains(document.activeElement);
    const next = card.element.nextElementSibling ?? card.element.previousElementSibling;
    card.element.remove();
    this.#cards.delete(id);
    if (!focused) return;
    if (next) next.querySelector('button').focus();
    else document.querySelector('.composer textarea')?.focus();
  }

  #updateAges() {
    for (const card of this.#cards.values()) card.updateAge();
  }

  /** Decides the visible or all matching knocks, as they were when the dialog opened. */
  async #decideMany(text, decision) {
    const { confirmDialog } = await import('../lib/confirm_dialog.js');
    const [shown, matching] = [this.#shown, this.#matching()];
    const taken = decision.approve ? matching.filter((knock) => knock.name_taken).length : 0;
    const warning = taken > 0 ? t.takenSome(taken) : '';
    const choices = [[shown, t.shown(shown.length)]];
    const every = [matching, this.#filter.value === '' ? t.every(matching.length) : t.fit(matching.length)];
    const chosen = await (shown.length === matching.length
      ? confirmDialog(text.sure(shown.length), warning, [[shown, text.all]])
      : confirmDialog(text.whom, warning, [...choices, every]));
    if (!chosen) return;
    this.#fault.show('');
    this.#bulkButtons.inert = true;
    const problem = await this.#model.door.decideAll(chosen, decision);
    this.#bulkButtons.inert = false;
    if (problem) this.#fault.show(problem.code === 'link_used_up' ? t.usedUp : (problem.userMessage ?? String(problem)));
  }
}

/**
 * The letter of a key. Where Alt produces another character, as on a Mac, a text field gets that character; elsewhere the key's
 * position determines the letter.
 */
function letterOf({ key, code, target }) {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  return target.matches('input, textarea') ? null : code.replace('Key', '').toLowerCase();
}
