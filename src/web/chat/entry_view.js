// Renders one entry of a conversation.

import { el, icon } from '../lib/dom.js';
import { handle, isolatedName, plainText, renderText } from '../lib/safe_text.js';
import { strings as sessionStrings } from '../lib/session_strings.js';
import { dayOf, sameDay, timeElement } from '../lib/time.js';
import { strings as messageStrings } from '../lib/message_strings.js';
import { menuButton } from '../lib/popup_menu.js';
import { strings } from '../lib/strings.js';
import { hasMenu } from './message_menu.js';

const t = strings.timeline;
const GROUP_WINDOW = 5 * 60_000;

/** Texts of entries other than messages. */
const ACTIVITY_TEXT = {
  member_joined: ({ member }) => (member.role === 'owner' ? t.opened : t.joined),
  member_left: ({ reason }) => (reason === 'deleted' ? sessionStrings.deleted : (t[reason] ?? t.left)),
  chat_updated: () => t.updated,
};

/** The name of a member, or a default. */
export const displayName = (member) => member?.name ?? strings.nobody;

/** What stands beside a name: the username, or for a reader with an account that somebody has none. */
export function accountMark({ username = null, role = 'member' } = {}, me = null) {
  if (username) return handle(username);
  return me?.username && role !== 'owner' ? el('span', { class: 'handle' }, sessionStrings.guest) : null;
}

/** The hue of a member's colour, the same for all readers. */
const hueOf = (member) => ((member?.id ?? 0) * 137 + 330) % 360;

/** A circle with the first letter of a name. */
export function avatar(member) {
  const [first] = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(plainText(displayName(member)));
  const circle = el('span', { class: 'avatar', 'aria-hidden': 'true' }, first?.segment ?? '?');
  circle.style.setProperty('--hue', hueOf(member));
  return circle;
}

/** Returns true if a message belongs to the group of the one before it. */
function continuesGroup(entry, before) {
  if (before?.kind !== 'message' || before.member?.id !== entry.member?.id || !entry.member) return false;
  return entry.at - before.at < GROUP_WINDOW && sameDay(entry.at, before.at);
}

/** The elements of an entry, with a day separator if a new day begins. */
export function renderEntry(entry, before, me) {
  const elements = [];
  const day = entry.at !== null && (!before || (before.at !== null && !sameDay(before.at, entry.at)));
  if (day) elements.push(el('li', { class: 'day', 'data-at': entry.at }, el('span', {}, dayOf(entry.at))));
  const built = entry.kind === 'message' ? messageElement(entry, before, me) : activityElement(entry);
  if (built) elements.push(built);
  for (const element of elements) element.dataset.seq = entry.seq;
  return elements;
}

/** Updates a day separator: today becomes yesterday. */
export function updateDay(element) {
  const day = dayOf(Number(element.dataset.at));
  if (element.textContent !== day) element.firstChild.textContent = day;
}

function messageElement(entry, before, me) {
  const mine = me !== null && entry.member?.id === me.id;
  const first = !continuesGroup(entry, before);
  const item = messageBubble({ mine, first, member: entry.member, text: entry.text, me });
  item.querySelector('.body').append(el('span', { class: 'meta' }, timeElement(entry.at), mine ? sentIcon() : null));
  if (hasMenu(entry, me)) item.append(menuButton(messageStrings.more, { class: 'quiet message-more', tabindex: '-1' }));
  return item;
}

function sentIcon() {
  const sign = el('span', { class: 'sign', role: 'img', 'aria-label': strings.composer.sent, title: strings.composer.sent });
  sign.append(icon('check'));
  return sign;
}

/** A message with its author, without its time. */
export function messageBubble({ mine, first, member, text, me = null }) {
  const mark = member && accountMark(member, me);
  const who = el('p', { class: first && !mine ? 'who' : 'who visually-hidden' }, isolatedName(displayName(member)), mark && ' ', mark);
  who.style.setProperty('--hue', hueOf(member));
  const content = el('span', { class: 'text' });
  content.append(renderText(text));
  return el(
    'li',
    { class: `message${mine ? ' mine' : ''}${first ? ' first' : ''}` },
    mine ? null : first ? avatar(member) : el('span', { class: 'avatar-space' }),
    el('div', { class: 'bubble' }, who, el('div', { class: 'body', dir: 'auto' }, content)),
  );
}

function activityElement(entry) {
  const describe = ACTIVITY_TEXT[entry.kind]?.(entry);
  if (!describe) return null;
  const name = isolatedName(displayName(entry.member ?? entry.by));
  return el('li', { class: 'happened' }, describe(name));
}
