// The scrolling conversation: keeps its position, and follows the end if the reader is there.

import { button, el, fill, renderList } from '../lib/dom.js';
import { RovingFocus } from '../lib/roving_focus.js';
import * as storage from '../lib/storage.js';
import { strings } from '../lib/strings.js';
import { renderEntry, displayName, updateDay } from './entry_view.js';
import { MessageMenu } from './message_menu.js';

const t = strings.timeline;
/** Entries per stretch, the unit of `content-visibility`: stretches off screen are not laid out. */
const MAX_ENTRIES_PER_STRETCH = 25;
/** Distance to the end, in pixels, that counts as the end. */
const END_MARGIN = 48;
/** Distance to the start, in pixels, at which older entries are loaded. */
const LOAD_MARGIN = 800;

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
  #menu;
  #focus = new RovingFocus(this.#stretches, { group: '.message', control: '.message-more' });
  #first = [];
  #end = null;
  #unseen = 0;
  /** The last entry that the reader has seen. */
  #seen = 0;

  constructor(model) {
    this.#model = model;
    this.#menu = new MessageMenu(model);
    this.#scroll.append(this.#before, this.#stretches, this.#pending);
    this.element = el('section', { class: 'timeline' }, this.#scroll, this.#jump, this.#menu.element, this.#liveRegion);
    this.#stretches.addEventListener('click', ({ target }) => this.#onClick(target));
    this.#scroll.addEventListener('scroll', () => this.#onScroll(), { passive: true });
    new ResizeObserver(() => this.#atEnd && this.scrollToEnd()).observe(this.#scroll);
    new ResizeObserver(() => this.#atEnd && this.scrollToEnd()).observe(this.#stretches);
    document.addEventListener('visibilitychange', () => this.#markSeen());
    addEventListener('focus', () => this.#markSeen());
    setInterval(() => this.#stretches.querySelectorAll('.day').forEach(updateDay), 60_000);
    model.on('read', () => this.#render());
    model.on('added', ({ entries }) => this.#appendEntries(entries));
    model.on('older', ({ entries }) => this.#prependEntries(entries));
    model.on('chat', () => this.#renderStart());
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

  #onClick(target) {
    const more = target.closest('.message-more');
    if (more) this.#menu.toggle(more, this.#model.log.find(Number(more.closest('.message').dataset.seq)));
  }

  #render() {
    const { entries } = this.#model.log;
    this.#stretches.replaceChildren();
    this.#end = null;
    this.#before.hidden = true;
    for (let i = 0; i < entries.length; i += 1) this.#append(entries[i], entries[i - 1]);
    this.#first = entries.length > 0 ? this.#elementsOf(entries[0]) : [];
    this.#renderStart();
    this.#focus.update();
    this.#seen = storage.chat(this.#model.id)?.seen || this.#model.log.last;
    this.#unseen = 0;
    this.#atEnd = !this.#markUnread(entries);
    if (this.#atEnd) this.scrollToEnd();
    else this.#stretches.querySelector('.new').scrollIntoView({ block: 'center' });
    requestAnimationFrame(() => this.#onScroll());
  }

  /** Inserts the marker before the first unseen message; returns true if there is one. */
  #markUnread(entries) {
    const unread = entries.filter((entry) => entry.seq > this.#seen && this.#isFromOthers(entry));
    this.#unseen += unread.length;
    if (unread.length > 0) this.#insertUnreadMarker(unread[0]);
    return unread.length > 0;
  }

  #isFromOthers({ kind, member }) {
    return kind === 'message' && (!member || member.id !== this.#model.me?.id);
  }

  /** The stretch for the next entry. */
  #stretch() {
    if (!this.#end || this.#end.childElementCount >= MAX_ENTRIES_PER_STRETCH) {
      this.#end = el('ol', { class: 'stretch' });
      this.#stretches.append(this.#end);
    }
    return this.#end;
  }

  #append(entry, before) {
    this.#stretch().append(...renderEntry(entry, before, this.#model.me));
  }

  #elementsOf({ seq }) {
    return [...this.#stretches.querySelectorAll(`[data-seq="${seq}"]`)];
  }

  #appendEntries(entries) {
    if (entries.length === 0) return;
    const all = this.#model.log.entries;
    const at = all.length - entries.length;
    const wasAtEnd = this.#atEnd;
    entries.forEach((entry, i) => this.#append(entry, all[at + i - 1]));
    this.#focus.update();
    const news = entries.filter((entry) => this.#isFromOthers(entry));
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
    const last = news.slice(-5).map(({ member, text }) => el('span', {}, `${t.said(displayName(member), text.slice(0, 500))} `));
    if (last.length > 0) fill(this.#liveRegion, last);
  }

  #insertUnreadMarker({ seq }) {
    this.#stretches.querySelector('.new')?.remove();
    this.#stretches.querySelector(`[data-seq="${seq}"]`)?.before(el('li', { class: 'new' }, el('span', {}, t.unread)));
  }

  /** Inserts older entries without moving what is being read. */
  #prependEntries(entries) {
    const { log, me } = this.#model;
    this.#scroll.classList.add('still');
    const below = this.#scroll.scrollHeight - this.#scroll.scrollTop;
    const stretches = [];
    entries.forEach((entry, i) => {
      if (i % MAX_ENTRIES_PER_STRETCH === 0) stretches.push(el('ol', { class: 'stretch' }));
      stretches.at(-1).append(...renderEntry(entry, entries[i - 1], me));
    });
    this.#stretches.prepend(...stretches);
    this.#rerenderFirst(log.entries[entries.length], entries.at(-1));
    this.#first = entries.length > 0 ? this.#elementsOf(entries[0]) : this.#first;
    this.#markUnread(entries);
    this.#renderStart();
    if (!this.#atEnd) this.#scroll.scrollTop = this.#scroll.scrollHeight - below;
    requestAnimationFrame(() => {
      this.#scroll.classList.remove('still');
      this.#onScroll();
    });
  }

  /** Renders the former first entry again, now that there is one before it. */
  #rerenderFirst(entry, before) {
    if (!entry || !before || this.#first.length === 0) return;
    this.#first[0].before(...renderEntry(entry, before, this.#model.me));
    for (const element of this.#first) element.remove();
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

  async #loadOlder() {
    try {
      await this.#model.log.loadOlder();
    } catch {
      fill(this.#before, el('p', {}, t.olderFailed), button(t.retry, { onClick: () => this.#loadOlder() }));
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
