// A section of the account's page, and the rows of its lists.

import { button, el, freshId } from '../lib/dom.js';
import { handle, isolatedName, plainText } from '../lib/safe_text.js';

/** A card with a heading, which takes the focus when a focused element of the section is gone. */
export function section(title, ...content) {
  const id = freshId();
  const heading = el('h2', { id, tabindex: '-1' }, title);
  const element = el('section', { class: 'card stack', 'aria-labelledby': id }, heading, ...content);
  element.focusHeading = () => document.activeElement === document.body && heading.focus();
  return element;
}

/** A row of a list: texts on the left, buttons on the right. */
export const row = (main, about, ...buttons) =>
  el(
    'li',
    { class: 'item' },
    el('span', { class: 'item-main' }, main, about ? el('span', { class: 'about' }, about) : null),
    el('span', { class: 'item-buttons' }, buttons),
  );

/** The name of an account, and its username. */
export const nameOf = ({ name, username }) => el('span', {}, el('strong', {}, isolatedName(name)), ' ', handle(username));

/** Name and username as a string. */
export const plainNameOf = ({ name, username }) => `${plainText(name)} @${username}`;

/** A small button of a row, with its full name for screen readers. */
export const rowButton = (text, name, onClick, kind = 'quiet') => button(text, { class: `${kind} small`, 'aria-label': name, onClick });
