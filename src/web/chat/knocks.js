// Who is at the door, for the owner: the newest first, in parts, each a card; one by one or many at a time.

import { confirm } from '../confirm.js';
import { button, coalesced, el, fill } from '../dom.js';
import { folded, plain } from '../text.js';
import { words } from '../words.js';
import { problemText } from '../frame.js';
import { Card } from './knock.js';

const w = words.knocks;
/** So many are shown at first, and so many more each time. */
const PART = 20;
/** So many are shown at most: more cards than this help nobody. */
const MOST = 200;
/** So many new cards are made for one picture: more would hold up whoever types. */
const FRESH = 5;
/** More than so many can be searched through. */
const DOZEN = 12;
/** From so many on, there are buttons for all of them. */
const SEVERAL = 3;
/** Milliseconds between two things that are said. */
const QUIET = 1_000;
/** So long after a card has come in above others, what was aimed at one of them may hit another. */
const MOVING = 300;

export class Knocks {
  #room;
  #cards = new Map();
  #shown = [];
  /** The newest that is shown where there are more than one part: later ones wait until they are asked for, so that no card moves. */
  #newest = null;
  #limit = PART;
  #moving = null;
  #wasFirst = null;
  #greeted = false;
  #unspoken = [];
  #speaking = null;
  #quietUntil = 0;
  #list = el('ul', { class: 'knock-list' });
  #title = el('h2', {});
  #filter = el('input', { type: 'search', 'aria-label': w.filter, placeholder: w.filter, autocomplete: 'off', dir: 'auto', hidden: true });
  #found = el('p', { class: 'knock-found hint', role: 'status' });
  #fault = problemText();
  #spoken = el('p', { class: 'visually-hidden', role: 'alert' });
  #newer = button(' ', { class: 'plain small newer', hidden: true, act: () => this.#showsNewer() });
  #admitAll = button(' ', { class: 'plain small', icon: 'check', act: () => this.#decidesMany(w.admitting, { approve: true }) });
  #declineAll = button(' ', { class: 'quiet small', act: () => this.#decidesMany(w.declining, { approve: false }) });
  #all = el('div', { class: 'buttons' }, this.#admitAll, this.#declineAll);
  #rest = el('span', {});
  #further = button(' ', { class: 'plain small', act: () => this.#showsFurther() });
  #more = el('p', { class: 'more' }, this.#rest, this.#further);
  #soon = coalesced(() => this.#shows());

  constructor(room) {
    this.#room = room;
    const head = el('div', { class: 'knock-head' }, this.#title, this.#filter, this.#all);
    const parts = [head, this.#found, this.#fault, this.#newer, this.#list, this.#more];
    this.panel = el('section', { class: 'knocks', 'aria-label': w.label, hidden: true }, parts);
    this.element = el('div', { class: 'door-side' }, this.panel, this.#spoken);
    this.#filter.addEventListener('input', () => this.#begins());
    room.on('knocks', () => this.#soon());
    room.on('knocked', ({ knock }) => this.#speaks(knock));
    document.addEventListener('keydown', (event) => this.#pressed(event));
    setInterval(() => this.#ages(), 20_000);
  }

  /** Alt+Y and Alt+N decide about the first that is shown, wherever the reader is; not about one that has just come in above it. */
  #pressed(event) {
    if (event.repeat || !event.altKey || event.ctrlKey || event.metaKey || document.querySelector('dialog[open]')) return;
    const act = { y: 'admit', n: 'decline' }[letterOf(event)];
    const first = (this.#moving && this.#cards.get(this.#wasFirst)) ?? this.#cards.get(this.#list.firstElementChild?.dataset.knock);
    if (!act || !first) return;
    event.preventDefault();
    first[act]();
  }

  /** Who is at the door is said at most once a second: of many, how many wait. */
  #speaks(knock) {
    this.#greeted = true;
    this.#unspoken.push(knock);
    if (this.#speaking !== null) return;
    this.#speaking = setTimeout(
      () => {
        const [only, ...others] = this.#unspoken.splice(0);
        this.#speaking = null;
        this.#quietUntil = Date.now() + QUIET;
        const says = others.length === 0 ? w.arrived(plain(only.name)) : w.title(this.#room.door.knocks.size);
        fill(this.#spoken, el('span', {}, says));
      },
      Math.max(0, this.#quietUntil - Date.now()),
    );
  }

  /** Those whom the filter leaves, the newest first. */
  #matching() {
    const wanted = folded(this.#filter.value);
    const waiting = [...this.#room.door.knocks.values()].reverse();
    return wanted === '' ? waiting : waiting.filter(({ name, code }) => folded(name).includes(wanted) || folded(code).includes(wanted));
  }

  /** What of them is shown begins here: behind the later ones that are kept back. */
  #beginning(matching) {
    if (matching.length <= PART) this.#newest = null;
    else this.#newest ??= matching[Math.min(matching.length - PART, Math.max(0, matching.indexOf(this.#shown[0])))].created_at;
    if (this.#newest === null) return 0;
    const from = matching.findIndex((knock) => knock.created_at <= this.#newest);
    if (from < 0) this.#newest = matching[0].created_at;
    return Math.max(0, from);
  }

  #shows() {
    const all = this.#room.door.knocks.size;
    if (all === 0) this.#filter.value = '';
    const matching = this.#matching();
    const from = this.#beginning(matching);
    this.#shown = matching.slice(from, from + this.#limit);
    this.#places(this.#shown);
    this.panel.hidden = all === 0;
    this.#title.textContent = w.title(all);
    this.#newer.hidden = from === 0;
    this.#newer.lastElementChild.textContent = w.newer(from);
    this.#tools(all, matching.length);
    this.#rests(matching.length - from - this.#shown.length);
    if (!this.#greeted && all > 0) for (const knock of this.#shown) this.#speaks(knock);
  }

  /** Has a card for each of these and for nobody else, in their order; of many new ones, some in each picture. */
  #places(shown) {
    const ids = new Set(shown.map((knock) => knock.knock_id));
    for (const [id, card] of this.#cards) if (!ids.has(id)) this.#drops(id, card);
    const first = this.#list.firstElementChild;
    const fresh = shown.filter((knock) => !this.#cards.has(knock.knock_id));
    for (const knock of fresh.slice(0, FRESH)) this.#cards.set(knock.knock_id, new Card(knock, this.#room));
    const cards = shown.map((knock) => this.#cards.get(knock.knock_id)).filter(Boolean);
    cards.forEach(({ element }, at) => {
      if (this.#list.children[at] !== element) this.#list.insertBefore(element, this.#list.children[at] ?? null);
    });
    if (fresh.length > FRESH) this.#soon();
    if (first && first !== this.#list.firstElementChild) this.#moves(first.dataset.knock);
  }

  /** Cards have moved down: for a moment no pointer hits them, and keys decide about the one that was the first. */
  #moves(first) {
    if (this.#moving) clearTimeout(this.#moving);
    else this.#wasFirst = first;
    this.#list.classList.add('moving');
    this.#moving = setTimeout(() => {
      this.#list.classList.remove('moving');
      this.#moving = null;
    }, MOVING);
  }

  #tools(all, matching) {
    const filtered = this.#filter.value !== '';
    this.#filter.hidden = all <= DOZEN && !filtered;
    this.#found.textContent = filtered ? (matching === 0 ? w.nobody : w.found(matching)) : '';
    this.#all.hidden = all < SEVERAL || matching === 0;
    const whole = this.#shown.length === all;
    this.#admitAll.lastElementChild.textContent = whole ? w.admitting.all : w.admitting.those;
    this.#declineAll.lastElementChild.textContent = whole ? w.declining.all : w.declining.those;
  }

  #rests(rest) {
    this.#more.hidden = rest === 0;
    this.#rest.textContent = this.#limit < MOST ? w.more(rest) : w.tooMany(rest);
    this.#further.hidden = this.#limit >= MOST;
    this.#further.lastElementChild.textContent = w.further(Math.min(PART, rest));
  }

  /** Shows what the filter leaves, from the newest on. */
  #begins() {
    this.#limit = PART;
    this.#newest = null;
    this.#shown = [];
    this.#shows();
    this.panel.scrollTop = 0;
  }

  #showsNewer() {
    this.#begins();
    this.#list.querySelector('button')?.focus();
  }

  #showsFurther() {
    const last = this.#list.lastElementChild;
    this.#limit += PART;
    this.#shows();
    last?.nextElementSibling?.querySelector('button').focus();
  }

  /** A card that goes away hands the focus to the next one. */
  #drops(id, card) {
    const focused = card.element.contains(document.activeElement);
    const next = card.element.nextElementSibling ?? card.element.previousElementSibling;
    card.element.remove();
    this.#cards.delete(id);
    if (!focused) return;
    if (next) next.querySelector('button').focus();
    else document.querySelector('.composer textarea')?.focus();
  }

  #ages() {
    for (const card of this.#cards.values()) card.ages();
  }

  /** Decides about those who are shown, or all whom the filter leaves, as they were when it was asked. */
  async #decidesMany(says, decision) {
    const [shown, matching] = [this.#shown, this.#matching()];
    const taken = decision.approve ? matching.filter((knock) => knock.name_taken).length : 0;
    const warning = taken > 0 ? w.takenSome(taken) : '';
    const choices = [[shown, w.shown(shown.length)]];
    const every = [matching, this.#filter.value === '' ? w.every(matching.length) : w.fit(matching.length)];
    const chosen = await (shown.length === matching.length
      ? confirm(says.sure(shown.length), warning, [[shown, says.all]])
      : confirm(says.whom, warning, [...choices, every]));
    if (!chosen) return;
    this.#fault.say('');
    this.#all.inert = true;
    const problem = await this.#room.door.decideAll(chosen, decision);
    this.#all.inert = false;
    if (problem) this.#fault.say(problem.code === 'link_used_up' ? w.usedUp : (problem.sentence ?? String(problem)));
  }
}

/**
 * The letter of a key. Where Alt makes another sign of it, as on a Mac, whoever writes wants that sign; else the key's place tells the
 * letter.
 */
function letterOf({ key, code, target }) {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  return target.matches('input, textarea') ? null : code.replace('Key', '').toLowerCase();
}
