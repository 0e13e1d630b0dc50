// How a member is shown: name, colour, and what stands beside the name.

import { el } from '../lib/dom.js';
import { handle, plainText } from '../lib/safe_text.js';
import { strings as sessionStrings } from '../lib/session_strings.js';
import { strings } from '../lib/strings.js';

/** The name of a member, or a default. */
export const displayName = (member) => member?.name ?? strings.nobody;

/** What stands beside a name: the username, or for a reader with an account that somebody has none. */
export function accountMark({ username = null, role = 'member' } = {}, me = null) {
  if (username) return handle(username);
  return me?.username && role !== 'owner' ? el('span', { class: 'handle' }, sessionStrings.guest) : null;
}

/** The hue of a member's colour, the same for all readers. */
export const hueOf = (member) => ((member?.id ?? 0) * 137 + 330) % 360;

/** A circle with the first letter of a name. */
export function avatar(member) {
  const [first] = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(plainText(displayName(member)));
  const circle = el('span', { class: 'avatar', 'aria-hidden': 'true' }, first?.segment ?? '?');
  circle.style.setProperty('--hue', hueOf(member));
  return circle;
}
