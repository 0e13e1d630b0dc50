// The scrolling conversation: keeps its position, and follows the end if the reader is there.

import { button, coalesce, el, fill, renderList } from '../lib/dom.js';
import * as storage from '../lib/storage.js';
import { strings } from '../lib/strings.js';
import { every } from '../lib/time.js';
import { isShown, renderEntry, updateDay } from './entry_view.js';
import { displayName } from './member_view.js';
import { excerptOf } from './message_content.js';
import { MessageControls } from './message_controls.js';
import { statusSign } from './message_view.js';
import { ReadTracker } from './read_tracker.js';

const t = strings.timeline;
/** Entries per stretch, the unit of `content-visibility`: stretches off screen are not laid out. */
const MAX_ENTRIES_PER_STRETCH = 25;
/** Distance to the end, in pixels, that counts as the end. */
const END_MARGIN = 48;
/** Distance to the start, in pixels, at which older entries are loaded. */
const LOAD_MARGIN = 800;

/** The entry before `index` that has a place in the conversation. */
function shownBefore(entries, index, model) {
  let at = index - 1;
  while (at >= 0 && !isShown(entries[at], model)) at -= 1;
  return entries[at];
}

export class Timeline {
  #model;
  #stretches = el('div', { class: 'stretches' });
  #before = el('div', { class: 'before' });
  #pending = el('ol', { class: 'pending', 'aria-label': strings.composer.sending });
  #scroll = el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t.label });
  #jump = button(t.latest, { class: 'jump', icon: 'down', hidden: true, onClick: () => (this.scrollToEnd(), this.#scroll.focus()) });
  #liveRegion = el('p', { class: 'visually-hidden', role: 'log', 'aria-live': 'polite' });
  /** True if the view follows new entries. */
  #atEnd = true;
  #top = 0;
  #controls;
  #readTracker;
  #end = null;
  #unseen = 0;
  /** The last entry that the reader has seen. */
  #seen = 0;

  constructor(model) {
    this.#model = model;
    this.#controls = new MessageControls(model, this.#stretches, (seq) => this.#jumpTo(seq));
    this.#readTracker = new ReadTracker(this.#scroll, (read) => model.receipts.report({ read }), model.signal);
    this.#scroll.append(this.#before, this.#stretches, this.#pending);
    this.element = el('section', { class: 'timeline' }, this.#scroll, this.#jump, this.#controls.element, this.#liveRegion);
    this.#scroll.addEventListener('scroll', () => this.#onScroll(), { passive: true });
    new ResizeObserver(() => this.#atEnd && this.scrollToEnd()).observe(this.#scroll);
    new ResizeObserver(() => this.#atEnd && this.scrollToEnd()).observe(this.#stretches);
    const { signal } = model;
    document.addEventListener('visibilitychange', () => this.#markSeen(), { signal });
    addEventListener('focus', () => this.#markSeen(), { signal });
    every(60_000, () => this.#stretches.querySelectorAll('.day').forEach(updateDay), signal);
    model.on('read', () => this.#render());
    model.on('added', ({ entries }) => this.#appendEntries(entries));
    model.on('older', ({ entries }) => this.#prependEntries(entries));
    model.on('changed', ({ seq }) => this.#onChanged(seq));
    model.on(
      'receipts',
      coalesce(() => this.#updateStatus()),
    );
    model.on('chat', () => this.#renderStart());
  }

  /** Loads the menu of messages. */
  get loadMenu() {
    return this.#controls.loadMenu;
  }

  /** Number of unseen messages. */
  get unseen() {
    return this.#unseen;
  }

  /** Shows unsent messages below the entries, as keyed items. */
  showPending(items) {
    renderList(this.#pending, items);
    this.#pending.hidden = items.length === 0;
    if (this.#atEnd) this.scrollToEnd();
  }

  /** Scrolls to the end and follows it. */
  scrollToEnd() {
    this.#atEnd = true;
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#top = this.#scroll.scrollTop;
    this.#updateJumpButton();
    this.#markSeen();
  }

  /** Marks everything as seen: the reader has sent a message. */
  onSent() {
    this.#stretches.querySelector('.new')?.remove();
    this.scrollToEnd();
  }

  #render() {
    const { entries } = this.#model.log;
    this.#stretches.replaceChildren();
    this.#end = null;
    this.#before.hidden = true;
    for (let i = 0; i < entries.length; i += 1) this.#append(entries, i);
    this.#renderStart();
    this.#controls.update();
    this.#seen = storage.chat(this.#model.id)?.seen || this.#model.log.last;
    this.#unseen = 0;
    this.#atEnd = !this.#markUnread(entries);
    if (this.#atEnd) this.scrollToEnd();
    else this.#stretches.querySelector('.new').scrollIntoView({ block: 'center' });
    requestAnimationFrame(() => this.#onScroll());
  }

  /** Inserts the marker before the first unseen message; returns true if there is one. */
  #markUnread(entries) {
    const unread = entries.filter((entry) => entry.seq > this.#seen && this.#model.isFromOthers(entry));
    this.#unseen += unread.length;
    if (unread.length > 0) this.#insertUnreadMarker(unread[0]);
    return unread.length > 0;
  }

  /** The stretch for the next entry. */
  #stretch() {
    if (!this.#end || this.#end.childElementCount >= MAX_ENTRIES_PER_STRETCH) {
      this.#end = el('ol', { class: 'stretch' });
      this.#stretches.append(this.#end);
    }
    return this.#end;
  }

  #append(entries, index) {
    const entry = entries[index];
    if (isShown(entry, this.#model)) this.#stretch().append(...this.#elements(entry, shownBefore(entries, index, this.#model)));
  }

  /** Renders an entry; messages of others are read when they are seen. */
  #elements(entry, before) {
    const elements = renderEntry(entry, before, this.#model);
    if (this.#model.isFromOthers(entry) && entry.seq > this.#model.receipts.read) this.#readTracker.watch(elements.at(-1));
    return elements;
  }

  /** Renders an entry again. */
  #rerender(entry) {
    const old = this.#elementsOf(entry);
    if (old.length === 0) return;
    const { log } = this.#model;
    const elements = this.#elements(entry, shownBefore(log.entries, entry.seq - log.first, this.#model));
    old[0].before(...elements);
    this.#controls.replace(old.at(-1), elements.at(-1));
    for (const element of old) element.remove();
    this.#controls.update();
  }

  #onChanged(seq) {
    const entry = this.#model.log.find(seq);
    if (entry) this.#rerender(entry);
    // What was announced may be what is not said any more.
    if (entry?.message.deleted) fill(this.#liveRegion);
    this.#controls.updateQuotes(seq);
  }

  /** Updates how far own messages have come. */
  #updateStatus() {
    for (const sign of this.#stretches.querySelectorAll('.sign')) {
      const status = this.#model.receipts.statusOf(Number(sign.closest('.message').dataset.seq));
      if (sign.dataset.status !== status) sign.replaceWith(statusSign(status));
    }
  }

  /** Shows a message in the middle, and loads what is older until it is there. */
  async #jumpTo(seq) {
    const { log } = this.#model;
    while (!log.find(seq) && log.more) if (!(await this.#loadOlder())) return;
    const message = this.#stretches.querySelector(`.message[data-seq="${seq}"]`);
    if (!message) return;
    this.#atEnd = false;
    message.scrollIntoView({ block: 'center' });
    message.querySelector('.message-more, .quote')?.focus({ preventScroll: true });
    message.classList.add('found');
    message.addEventListener('animationend', () => message.classList.remove('found'), { once: true });
  }

  #elementsOf({ seq }) {
    return [...this.#stretches.querySelectorAll(`[data-seq="${seq}"]`)];
  }

  #appendEntries(entries) {
    if (entries.length === 0) return;
    const all = this.#model.log.entries;
    const at = all.length - entries.length;
    const wasAtEnd = this.#atEnd;
    entries.forEach((_, i) => this.#append(all, at + i));
    this.#controls.update();
    const news = entries.filter((entry) => this.#model.isFromOthers(entry));
    const seeing = wasAtEnd && this.#isFocused();
    if (news.length > 0 && !seeing && this.#unseen === 0) this.#insertUnreadMarker(news[0]);
    this.#unseen += seeing ? 0 : news.length;
    this.#announce(news);
    if (wasAtEnd) this.scrollToEnd();
    this.#renderStart();
    this.#updateJumpButton();
  }

  /** Announces new messages to screen readers, at most five at once. */
  #announce(news) {
    const last = news.slice(-5).map(({ member, message }) => el('span', {}, `${t.said(displayName(member), excerptOf(message))} `));
    if (last.length > 0) fill(this.#liveRegion, last);
  }

  #insertUnreadMarker({ seq }) {
    this.#stretches.querySelector('.new')?.remove();
    this.#stretches.querySelector(`[data-seq="${seq}"]`)?.before(el('li', { class: 'new' }, el('span', {}, t.unread)));
  }

  /** Inserts older entries without moving what is being read. */
  #prependEntries(entries) {
    const { log } = this.#model;
    this.#scroll.classList.add('still');
    const below = this.#scroll.scrollHeight - this.#scroll.scrollTop;
    const stretches = [];
    const isPlaced = (entry) => isShown(entry, this.#model);
    entries.filter(isPlaced).forEach((entry, i, shown) => {
      if (i % MAX_ENTRIES_PER_STRETCH === 0) stretches.push(el('ol', { class: 'stretch' }));
      stretches.at(-1).append(...this.#elements(entry, shown[i - 1]));
    });
    this.#stretches.prepend(...stretches);
    const formerFirst = log.entries.slice(entries.length).find(isPlaced);
    if (formerFirst) this.#rerender(formerFirst);
    this.#markUnread(entries);
    this.#renderStart();
    if (!this.#atEnd) this.#scroll.scrollTop = this.#scroll.scrollHeight - below;
    requestAnimationFrame(() => {
      this.#scroll.classList.remove('still');
      this.#onScroll();
    });
  }

  /** Renders the line above the first entry. */
  #renderStart() {
    const { log, chat, owner, me } = this.#model;
    if (!chat) return;
    this.#before.hidden = false;
    if (log.more) return void fill(this.#before, el('p', {}, t.older));
    const whole = log.first === 1;
    const alone = owner && whole && log.entries.every(({ kind, member }) => kind !== 'message' && (!member || member.id === me.id));
    fill(this.#before, el('p', {}, whole ? t.beginning : t.beginningLater), alone && el('p', {}, t.emptyOwner));
  }

  /** Loads older entries; returns true on success. */
  async #loadOlder() {
    try {
      await this.#model.log.loadOlder();
      return true;
    } catch {
      fill(this.#before, el('p', {}, t.olderFailed), button(t.retry, { onClick: () => this.#loadOlder() }));
      return false;
    }
  }

  #onScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroll;
    const near = scrollHeight - scrollTop - clientHeight < END_MARGIN;
    this.#atEnd = near || (this.#atEnd && scrollTop >= this.#top);
    this.#top = scrollTop;
    if (scrollTop < LOAD_MARGIN && this.#model.log.more && !this.#before.querySelector('button')) this.#loadOlder();
    this.#markSeen();
    this.#updateJumpButton();
  }

  #updateJumpButton() {
    this.#jump.hidden = this.#atEnd;
    this.#jump.lastElementChild.textContent = this.#unseen > 0 ? t.latestNew(this.#unseen) : t.latest;
  }

  #isFocused() {
    return !document.hidden && document.hasFocus();
  }

  /** Marks everything as seen if the end is visible in a focused page. */
  #markSeen() {
    if (!this.#atEnd || !this.#isFocused() || this.#model.log.last === 0) return;
    this.#unseen = 0;
    this.#seen = this.#model.log.last;
    storage.updateChat(this.#model.id, { seen: this.#seen });
    this.#model.emit('seen');
  }
}
