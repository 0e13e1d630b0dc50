// The reactions that a reader can choose from.

import { el } from '../lib/dom.js';
import { strings } from '../lib/message_strings.js';
import { menuItem } from '../lib/popup_menu.js';
import { isMine } from './reactions.js';

const t = strings.reactions;

/** What the menu offers. */
const COMMON = ['👍', '❤️', '😂', '😮', '😢', '🎉'];

/** The items of the menu that add or take back a reaction; `choose(emoji, added)` is called for the one that is chosen. */
export function reactionItems(reactions, me, choose) {
  const items = COMMON.map((emoji) => {
    const checked = reactions.some((reaction) => reaction.emoji === emoji && isMine(reaction, me));
    return menuItem(emoji, { checked, 'aria-label': t.names[emoji], title: t.names[emoji], onChoose: () => choose(emoji, !checked) });
  });
  return el('div', { class: 'menu-row', role: 'group', 'aria-label': t.label }, items);
}

/** Adds or takes back a reaction. */
export const react = (model, seq, emoji, added) =>
  model.call(added ? 'PUT' : 'DELETE', `${model.path}/messages/${seq}/reactions/${encodeURIComponent(emoji)}`);
