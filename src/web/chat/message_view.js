// Renders a message: its author, what it answers, its content, its time and state, its reactions.

import { button, el, icon } from '../lib/dom.js';
import { strings as messageStrings } from '../lib/message_strings.js';
import { isolatedName } from '../lib/safe_text.js';
import { momentOf, timeElement } from '../lib/time.js';
import { strings } from '../lib/strings.js';
import { accountMark, avatar, displayName, hueOf } from './member_view.js';
import { contentElement } from './message_content.js';
import { quoteElement } from './quotes.js';
import { reactionChips } from './reactions.js';

const t = messageStrings;

/** The element of a message; `first` if it begins the group of its author. */
export function messageElement(entry, first, model) {
  const { member, message } = entry;
  const { me } = model;
  const mine = me !== null && member?.id === me.id;
  const quote = message.replyTo && !message.deleted ? quoteElement(message.replyTo, model) : null;
  const item = messageBubble({ mine, first, member, me, quote, content: contentElement(message) });
  item.classList.toggle('deleted', message.deleted);
  item.querySelector('.body').append(metaElement(entry, mine && !message.deleted ? model.receipts.statusOf(entry.seq) : null));
  item.querySelector('.bubble').append(reactionChips(message.reactions, model) ?? '');
  if (!message.deleted) item.append(menuButton());
  return item;
}

/** A message with its author and content, without its time. */
export function messageBubble({ mine, first, member, content, quote = null, me = null }) {
  const mark = member && accountMark(member, me);
  const who = el('p', { class: first && !mine ? 'who' : 'who visually-hidden' }, isolatedName(displayName(member)), mark && ' ', mark);
  who.style.setProperty('--hue', hueOf(member));
  return el(
    'li',
    { class: `message${mine ? ' mine' : ''}${first ? ' first' : ''}` },
    mine ? null : first ? avatar(member) : el('span', { class: 'avatar-space' }),
    el('div', { class: 'bubble' }, who, quote, el('div', { class: 'body', dir: 'auto' }, content)),
  );
}

/** The button that opens the menu of a message. */
function menuButton() {
  const state = { 'aria-haspopup': 'menu', 'aria-expanded': 'false' };
  return button('', { icon: 'more', class: 'quiet message-more', tabindex: '-1', 'aria-label': t.more, title: t.more, ...state });
}

/** The time of a message, whether it was edited, and for its author how far it has come. */
function metaElement({ at, message: { editedAt } }, status) {
  const edited = editedAt && el('span', { class: 'edited', title: t.editedAt(momentOf(editedAt)) }, t.edited);
  return el('span', { class: 'meta' }, edited, timeElement(at), status && statusSign(status));
}

/** How far an own message has come: one tick if it is sent, two if it is delivered, two in colour if it is read. */
export function statusSign(status) {
  const name = status === 'sent' ? strings.composer.sent : t[status];
  const sign = el('span', { class: 'sign', role: 'img', 'data-status': status, 'aria-label': name, title: name });
  sign.append(icon(status === 'sent' ? 'check' : 'checks'));
  return sign;
}
