// A row of the list of chats: who or what it is, the last words, and what is new.

import { base } from '../lib/base.js';
import { now } from '../lib/api.js';
import { button, el, fill, icon } from '../lib/dom.js';
import { isolatedName, plainText } from '../lib/safe_text.js';
import { language, strings as pageStrings } from '../lib/strings.js';
import { strings } from '../lib/chats_strings.js';
import { momentOf, remaining, sameDay, timeOf } from '../lib/time.js';

const t = strings;
const WEEK = 6 * 86_400_000;
const SIGNS = { group: 'people', link: 'door' };

const weekday = new Intl.DateTimeFormat(language, { weekday: 'short' });
const date = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' });

/** The time of day, the weekday, or the date, whichever says enough. */
function shortTimeOf(ms) {
  if (sameDay(ms, now())) return timeOf(ms);
  return (now() - ms < WEEK ? weekday : date).format(ms);
}

function timeElement(ms) {
  return el('time', { datetime: new Date(ms).toISOString(), title: momentOf(ms) }, shortTimeOf(ms));
}

/** The hue of a chat's sign, the same in all browsers. */
const hueOf = (id) => [...id].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 0);

/** A circle with the first letter of somebody's name, or with the kind of the chat. */
function sign({ id, kind, title }) {
  const [first] = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(plainText(title ?? ''));
  const circle = el('span', { class: 'chat-sign', 'aria-hidden': 'true' }, SIGNS[kind] ? icon(SIGNS[kind]) : (first?.segment ?? '?'));
  circle.style.setProperty('--hue', hueOf(id));
  return circle;
}

/** Who types, else the last words; of a chat without any who opened it. */
function words({ kind, words: last, typing, own, failed }) {
  if (failed) return el('span', { class: 'about' }, pageStrings.start.unknown);
  if (typing.length > 0) {
    const text = kind === 'direct' ? t.typingDirect : t.typing(typing.map(isolatedName));
    return el('span', { class: 'about types' }, text);
  }
  if (!last) return el('span', { class: 'about' }, own === undefined ? '' : own ? pageStrings.start.mine : pageStrings.start.guest);
  const author = last.own ? t.you : kind === 'direct' ? null : t.by(isolatedName(last.author));
  return el('span', { class: 'about' }, author, el('bdi', {}, last.text));
}

/** What is new, and that the chat is muted. */
function marks({ muted, unread, pending }, isCurrent) {
  return [
    muted && el('span', { class: 'muted', title: t.muted }, icon('muted'), el('span', { class: 'visually-hidden' }, t.muted)),
    pending > 0 && el('span', { class: 'badge pending' }, t.knocking(pending)),
    unread > 0 && !isCurrent && el('span', { class: 'badge' }, t.unread(unread)),
  ].filter(Boolean);
}

/** The row of a chat; `key` says everything that it shows. */
export class ChatRow {
  element = el('li', { class: 'chat-row' });
  #link;
  #key = '';

  constructor(row) {
    this.#link = el('a', { href: `${base}/c/${row.id}`, 'data-chat': row.id });
    this.element.append(this.#link);
  }

  /** Shows a row; does nothing if it shows that already. */
  update(row, isCurrent) {
    const lives = row.expiresAt > 0 ? pageStrings.chat.goneIn(remaining(row.expiresAt - now())) : null;
    const key = JSON.stringify([row, isCurrent, lives, new Date(now()).getDate()]);
    if (key === this.#key) return;
    this.#key = key;
    const title = isolatedName(row.title ?? pageStrings.start.untitled);
    const first = el('span', { class: 'chat-line' }, el('strong', {}, title), timeElement(row.at));
    const second = el('span', { class: 'chat-line' }, words(row), marks(row, isCurrent));
    const third = lives && el('span', { class: 'chat-line' }, el('span', { class: 'about' }, lives));
    if (isCurrent) this.#link.setAttribute('aria-current', 'page');
    else this.#link.removeAttribute('aria-current');
    fill(this.#link, sign(row), el('span', { class: 'chat-facts' }, first, second, third));
  }
}

/** The row of a chat that has ended, with a button that takes it off the list. */
export function endedRow(row, onForget) {
  const title = row.title ?? pageStrings.start.untitled;
  const facts = [el('strong', {}, isolatedName(title)), el('span', { class: 'about' }, pageStrings.start.ended)];
  const forget = button('', { icon: 'close', class: 'quiet', 'aria-label': pageStrings.start.forget(plainText(title)), onClick: onForget });
  return el('li', { class: 'chat-row' }, el('div', { class: 'ended' }, sign(row), el('span', { class: 'chat-facts' }, facts)), forget);
}

/** The row of an own knock; its link's page shows the decision. */
export function knockRow({ link, name, status }) {
  const t = pageStrings.start;
  const heading = status === 'pending' ? t.waiting : status === 'approved' ? pageStrings.door.approved : t.answered;
  const facts = [el('strong', {}, heading), el('span', { class: 'about' }, t.knockedAs(isolatedName(name)))];
  return el(
    'li',
    { class: 'chat-row' },
    el('a', { href: `${base}/l/${link}` }, sign({ id: link, kind: 'link' }), el('span', { class: 'chat-facts' }, facts)),
  );
}
