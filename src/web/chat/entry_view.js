// Renders one entry of a conversation.

import { el } from '../lib/dom.js';
import { isolatedName } from '../lib/safe_text.js';
import { strings as sessionStrings } from '../lib/session_strings.js';
import { dayOf, sameDay } from '../lib/time.js';
import { strings } from '../lib/strings.js';
import { displayName } from './member_view.js';
import { messageElement } from './message_view.js';

const t = strings.timeline;
const GROUP_WINDOW = 5 * 60_000;

/** Texts of entries other than messages. */
const ACTIVITY_TEXT = {
  member_joined: ({ member }) => (member.role === 'owner' ? t.opened : t.joined),
  member_left: ({ reason }) => (reason === 'deleted' ? sessionStrings.deleted : (t[reason] ?? t.left)),
  chat_updated: () => t.updated,
};

/** Returns true if an entry has a place of its own in the conversation; that a direct chat began says nothing. */
export const isShown = ({ kind }, { chat }) =>
  kind === 'message' || (kind in ACTIVITY_TEXT && !(kind === 'member_joined' && chat?.kind === 'direct'));

/** Returns true if a message belongs to the group of the one before it. */
function continuesGroup(entry, before) {
  if (before?.kind !== 'message' || before.member?.id !== entry.member?.id || !entry.member) return false;
  return entry.at - before.at < GROUP_WINDOW && sameDay(entry.at, before.at);
}

/** The elements of an entry, with a day separator if a new day begins; `before` is the one shown before it. */
export function renderEntry(entry, before, model) {
  const elements = [];
  const day = entry.at !== null && (!before || (before.at !== null && !sameDay(before.at, entry.at)));
  if (day) elements.push(el('li', { class: 'day', 'data-at': entry.at }, el('span', {}, dayOf(entry.at))));
  const first = !continuesGroup(entry, before);
  elements.push(entry.kind === 'message' ? messageElement(entry, first, model) : activityElement(entry));
  for (const element of elements) element.dataset.seq = entry.seq;
  return elements;
}

/** Updates a day separator: today becomes yesterday. */
export function updateDay(element) {
  const day = dayOf(Number(element.dataset.at));
  if (element.textContent !== day) element.firstChild.textContent = day;
}

function activityElement(entry) {
  const name = isolatedName(displayName(entry.member ?? entry.by));
  return el('li', { class: 'happened' }, ACTIVITY_TEXT[entry.kind](entry)(name));
}
