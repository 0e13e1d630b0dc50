// How one entry of a conversation looks.

import { el, icon } from '../dom.js';
import { named, plain, said } from '../text.js';
import { dayOf, sameDay, timeElement } from '../time.js';
import { words } from '../words.js';

const w = words.timeline;
const TOGETHER = 5 * 60_000;

/** What an entry is about others than a message, in words around a name. */
const HAPPENED = {
  member_joined: ({ member }) => (member.role === 'owner' ? w.opened : w.joined),
  member_left: ({ reason }) => w[reason] ?? w.left,
  chat_updated: () => w.updated,
};

/** The name of whoever wrote something; who has none is somebody. */
export const nameOf = (member) => member?.name ?? words.nobody;

/** A colour for each member, the same for everybody: how far around the wheel. */
const hueOf = (member) => ((member?.id ?? 0) * 137 + 330) % 360;

/** The letter of a name. */
export function avatar(member) {
  const [first] = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(plain(nameOf(member)));
  const circle = el('span', { class: 'avatar', 'aria-hidden': 'true' }, first?.segment ?? '?');
  circle.style.setProperty('--hue', hueOf(member));
  return circle;
}

/** Whether a message goes on what the one before it began. */
function goesOn(entry, before) {
  if (before?.kind !== 'message' || before.member?.id !== entry.member?.id || !entry.member) return false;
  return entry.at - before.at < TOGETHER && sameDay(entry.at, before.at);
}

/** The elements of an entry, a new day before it included. */
export function elementsOf(entry, before, me) {
  const elements = [];
  const day = entry.at !== null && (!before || (before.at !== null && !sameDay(before.at, entry.at)));
  if (day) elements.push(el('li', { class: 'day', 'data-at': entry.at }, el('span', {}, dayOf(entry.at))));
  const built = entry.kind === 'message' ? messageElement(entry, before, me) : happenedElement(entry);
  if (built) elements.push(built);
  for (const element of elements) element.dataset.seq = entry.seq;
  return elements;
}

/** Says of a day that is shown what it is by now. */
export function tellsDay(element) {
  const day = dayOf(Number(element.dataset.at));
  if (element.textContent !== day) element.firstChild.textContent = day;
}

function messageElement(entry, before, me) {
  const mine = me !== null && entry.member?.id === me.id;
  const first = !goesOn(entry, before);
  const item = bubble({ mine, first, member: entry.member, text: entry.text });
  item.querySelector('.body').append(el('span', { class: 'meta' }, timeElement(entry.at), mine ? sentSign() : null));
  return item;
}

function sentSign() {
  const sign = el('span', { class: 'sign', role: 'img', 'aria-label': words.composer.sent, title: words.composer.sent });
  sign.append(icon('check'));
  return sign;
}

/** A message's frame and words, without its time. */
export function bubble({ mine, first, member, text }) {
  const who = el('p', { class: first && !mine ? 'who' : 'who visually-hidden' }, named(nameOf(member)));
  who.style.setProperty('--hue', hueOf(member));
  const words = el('span', { class: 'text' });
  words.append(said(text));
  return el(
    'li',
    { class: `message${mine ? ' mine' : ''}${first ? ' first' : ''}` },
    mine ? null : first ? avatar(member) : el('span', { class: 'avatar-space' }),
    el('div', { class: 'bubble' }, who, el('div', { class: 'body', dir: 'auto' }, words)),
  );
}

function happenedElement(entry) {
  const tell = HAPPENED[entry.kind]?.(entry);
  if (!tell) return null;
  const name = named(nameOf(entry.member ?? entry.by));
  return el('li', { class: 'happened' }, tell(name));
}
