// The conversation on the page: stays where the reader is, and at the end for who is at the end.

import { button, el, fill, listed } from '../dom.js';
import * as kept from '../kept.js';
import { words } from '../words.js';
import { elementsOf, nameOf, tellsDay } from './entries.js';

const w = words.timeline;
/** Entries in one stretch: those out of sight cost nothing to lay out. */
const STRETCH = 25;
/** This near to the end is at the end. */
const NEAR = 48;
/** This near to the beginning, what came before is read. */
const AHEAD = 800;

export class Timeline {
  #room;
  #stretches = el('div', { class: 'stretches' });
  #before = el('div', { class: 'before' });
  #pending = el('ol', { class: 'pending', 'aria-label': words.composer.sending });
  #scroll = el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': w.label });
  #jump = button(w.latest, { class: 'jump', icon: 'down', hidden: true, act: () => (this.toEnd(), this.#scroll.focus()) });
  #spoken = el('p', { class: 'visually-hidden', role: 'log', 'aria-live': 'polite' });
  /** Whether the reader stays at the end as more comes. */
  #stuck = true;
  #top = 0;
  #first = [];
  #end = null;
  #unseen = 0;
  /** Up to here, the reader has seen everything. */
  #seen = 0;

  constructor(room) {
    this.#room = room;
    this.#scroll.append(this.#before, this.#stretches, this.#pending);
    this.element = el('section', { class: 'timeline' }, this.#scroll, this.#jump, this.#spoken);
    this.#scroll.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#stuck && this.toEnd()).observe(this.#scroll);
    new ResizeObserver(() => this.#stuck && this.toEnd()).observe(this.#stretches);
    document.addEventListener('visibilitychange', () => this.#sees());
    addEventListener('focus', () => this.#sees());
    setInterval(() => this.#stretches.querySelectorAll('.day').forEach(tellsDay), 60_000);
    room.on('read', () => this.#shows());
    room.on('added', ({ entries }) => this.#adds(entries));
    room.on('older', ({ entries }) => this.#addsBefore(entries));
    room.on('chat', () => this.#showsBefore());
  }

  /** How many came that were not seen yet. */
  get unseen() {
    return this.#unseen;
  }

  /** What is on its way, below all that is there: as keys, and what makes their elements. */
  showPending(items) {
    listed(this.#pending, items);
    this.#pending.hidden = items.length === 0;
    if (this.#stuck) this.toEnd();
  }

  /** Goes to the end, and stays there. */
  toEnd() {
    this.#stuck = true;
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#top = this.#scroll.scrollTop;
    this.#showsJump();
    this.#sees();
  }

  /** Whoever writes has seen what is there. */
  wrote() {
    this.#stretches.querySelector('.new')?.remove();
    this.toEnd();
  }

  #shows() {
    const { entries } = this.#room.log;
    this.#stretches.replaceChildren();
    this.#end = null;
    this.#before.hidden = true;
    for (let i = 0; i < entries.length; i += 1) this.#append(entries[i], entries[i - 1]);
    this.#first = entries.length > 0 ? this.#elementsOf(entries[0]) : [];
    this.#showsBefore();
    this.#seen = kept.chat(this.#room.id)?.seen || this.#room.log.last;
    this.#unseen = 0;
    this.#stuck = !this.#marks(entries);
    if (this.#stuck) this.toEnd();
    else this.#stretches.querySelector('.new').scrollIntoView({ block: 'center' });
    requestAnimationFrame(() => this.#scrolled());
  }

  /** Marks where among these entries begins what was not seen; whether there is any. */
  #marks(entries) {
    const unread = entries.filter((entry) => entry.seq > this.#seen && this.#foreign(entry));
    this.#unseen += unread.length;
    if (unread.length > 0) this.#divides(unread[0]);
    return unread.length > 0;
  }

  #foreign({ kind, member }) {
    return kind === 'message' && (!member || member.id !== this.#room.me?.id);
  }

  /** The stretch that the next entry goes into. */
  #stretch() {
    if (!this.#end || this.#end.childElementCount >= STRETCH) {
      this.#end = el('ol', { class: 'stretch' });
      this.#stretches.append(this.#end);
    }
    return this.#end;
  }

  #append(entry, before) {
    this.#stretch().append(...elementsOf(entry, before, this.#room.me));
  }

  #elementsOf({ seq }) {
    return [...this.#stretches.querySelectorAll(`[data-seq="${seq}"]`)];
  }

  #adds(entries) {
    if (entries.length === 0) return;
    const all = this.#room.log.entries;
    const at = all.length - entries.length;
    const stuck = this.#stuck;
    entries.forEach((entry, i) => this.#append(entry, all[at + i - 1]));
    const news = entries.filter((entry) => this.#foreign(entry));
    const seeing = stuck && this.#looking();
    if (news.length > 0 && !seeing && this.#unseen === 0) this.#divides(news[0]);
    this.#unseen += seeing ? 0 : news.length;
    this.#speaks(news);
    if (stuck) this.toEnd();
    this.#showsBefore();
    this.#showsJump();
  }

  /** New entries are read out, a flood only in part. */
  #speaks(news) {
    const last = news.slice(-5).map(({ member, text }) => el('span', {}, `${w.said(nameOf(member), text.slice(0, 500))} `));
    if (last.length > 0) fill(this.#spoken, last);
  }

  #divides({ seq }) {
    this.#stretches.querySelector('.new')?.remove();
    this.#stretches.querySelector(`[data-seq="${seq}"]`)?.before(el('li', { class: 'new' }, el('span', {}, w.unread)));
  }

  /** What came before is put above without moving what is being read. */
  #addsBefore(entries) {
    const { log, me } = this.#room;
    this.#scroll.classList.add('still');
    const below = this.#scroll.scrollHeight - this.#scroll.scrollTop;
    const stretches = [];
    entries.forEach((entry, i) => {
      if (i % STRETCH === 0) stretches.push(el('ol', { class: 'stretch' }));
      stretches.at(-1).append(...elementsOf(entry, entries[i - 1], me));
    });
    this.#stretches.prepend(...stretches);
    this.#rejoins(log.entries[entries.length], entries.at(-1));
    this.#first = entries.length > 0 ? this.#elementsOf(entries[0]) : this.#first;
    this.#marks(entries);
    this.#showsBefore();
    if (!this.#stuck) this.#scroll.scrollTop = this.#scroll.scrollHeight - below;
    requestAnimationFrame(() => {
      this.#scroll.classList.remove('still');
      this.#scrolled();
    });
  }

  /** The entry that was the first one is shown again, now that it has one before it. */
  #rejoins(entry, before) {
    if (!entry || !before || this.#first.length === 0) return;
    this.#first[0].before(...elementsOf(entry, before, this.#room.me));
    for (const element of this.#first) element.remove();
  }

  /** What is said above the first entry. */
  #showsBefore() {
    const { log, chat, owner, me } = this.#room;
    if (!chat) return;
    this.#before.hidden = false;
    if (log.more) return void fill(this.#before, el('p', {}, w.older));
    const whole = log.first === 1;
    const alone = owner && whole && log.entries.every(({ kind, member }) => kind !== 'message' && (!member || member.id === me.id));
    fill(this.#before, el('p', {}, whole ? w.beginning : w.beginningLater), alone && el('p', {}, w.emptyOwner));
  }

  async #reads() {
    try {
      await this.#room.log.older();
    } catch {
      fill(this.#before, el('p', {}, w.olderFailed), button(w.retry, { act: () => this.#reads() }));
    }
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroll;
    const near = scrollHeight - scrollTop - clientHeight < NEAR;
    this.#stuck = near || (this.#stuck && scrollTop >= this.#top);
    this.#top = scrollTop;
    if (scrollTop < AHEAD && this.#room.log.more && !this.#before.querySelector('button')) this.#reads();
    this.#sees();
    this.#showsJump();
  }

  #showsJump() {
    this.#jump.hidden = this.#stuck;
    this.#jump.lastElementChild.textContent = this.#unseen > 0 ? w.latestNew(this.#unseen) : w.latest;
  }

  #looking() {
    return !document.hidden && document.hasFocus();
  }

  /** Who looks at the end has seen everything. */
  #sees() {
    if (!this.#stuck || !this.#looking() || this.#room.log.last === 0) return;
    this.#unseen = 0;
    this.#seen = this.#room.log.last;
    kept.updateChat(this.#room.id, { seen: this.#seen });
    this.#room.tell('seen');
  }
}
