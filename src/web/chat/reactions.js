// The reactions below a message.

import { el } from '../lib/dom.js';
import { strings } from '../lib/message_strings.js';
import { plainText } from '../lib/safe_text.js';
import { displayName } from './member_view.js';

const t = strings.reactions;

/** Names that are listed for a reaction. */
const MAX_NAMES = 20;

/** Returns true if a reader is among those who chose a reaction. */
export const isMine = ({ members }, me) => me !== null && members.includes(me.id);

/** The reactions below a message as buttons with counts; null if there are none. */
export function reactionChips(reactions, { me, members }) {
  if (reactions.length === 0) return null;
  const nameOf = (id) => (id === me?.id ? t.you : plainText(displayName(members.get(id))));
  const chips = reactions.map((reaction) => {
    const { emoji, count } = reaction;
    const names = reaction.members.slice(0, MAX_NAMES).map(nameOf).join(', ');
    const facts = { 'aria-pressed': String(isMine(reaction, me)), 'aria-label': t.count(emoji, count), title: names, 'data-emoji': emoji };
    return el(
      'button',
      { type: 'button', class: 'reaction', tabindex: '-1', disabled: me === null, ...facts },
      emoji,
      el('span', {}, count),
    );
  });
  return el('div', { class: 'reactions', role: 'group', 'aria-label': t.label }, chips);
}
