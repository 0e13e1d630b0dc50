// Renders untrusted text safely: invisible characters become visible, links show their target.

import { linkify } from './linkify.js';

/** Characters that are invisible or change the direction of surrounding text. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\uFFFC]/gu;

/** Visible characters of Arabic, Syriac and Kaithi in the category Format. */
const VISIBLE_FORMATS = '\\u0600-\\u0605\\u06DD\\u070F\\u0890\\u0891\\u08E2\\u{110BD}\\u{110CD}';

/** Characters that are visible on their own. The server rejects a message without any, by the same rule. */
const VISIBLE = new RegExp(
  `[^\\p{White_Space}\\p{Cc}\\p{Cf}\\p{Cs}\\p{Default_Ignorable_Code_Point}\\u2800\\uFFFC\\u{1D159}]|[${VISIBLE_FORMATS}]`,
  'u',
);

/** Scripts that use the joiner and non-joiner between letters. */
const JOINING_SCRIPTS = [
  'Arab',
  'Syrc',
  'Mand',
  'Nkoo',
  'Adlm',
  'Rohg',
  'Mong',
  'Phag',
  'Deva',
  'Beng',
  'Guru',
  'Gujr',
  'Orya',
  'Taml',
  'Telu',
  'Knda',
  'Mlym',
  'Sinh',
  'Mymr',
  'Khmr',
  'Bali',
  'Java',
];

/** Scripts without spaces between words, which use the zero width space for line breaks. */
const SPACELESS_SCRIPTS = ['Khmr', 'Thai', 'Laoo', 'Mymr'];

const letterOf = (scripts) => `(?=[\\p{L}\\p{M}])[${scripts.map((script) => `\\p{scx=${script}}`).join('')}]`;

/** Tag sequences of the flags of England, Scotland and Wales, the only emoji with tag characters. */
const FLAGS = ['gbeng', 'gbsct', 'gbwls'].map((region) => `${[...region].map((letter) => `\\u{E00${hex(letter)}}`).join('')}\\u{E007F}`);

/** Contexts in which an invisible character is legitimate and stays. */
const ALLOWED_INVISIBLE = new RegExp(
  [
    '[\\n\\t]|\\r(?=\\n)',
    `[${VISIBLE_FORMATS}]`,
    '(?<=(?![0-9#*])\\p{Emoji})[\\uFE0E\\uFE0F]|(?<=[0-9#*])\\uFE0F(?=\\u20E3)',
    '(?<=\\p{Extended_Pictographic}[\\uFE0F\\p{Emoji_Modifier}]?)\\u200D(?=\\p{Extended_Pictographic})',
    `(?<=\\u{1F3F4})(?:${FLAGS.join('|')})`,
    // Variation selectors of ideographs, as in names, and of Mongolian letters.
    '(?<=\\p{Unified_Ideograph})[\\uFE00-\\uFE02\\u{E0100}-\\u{E01EF}]',
    '(?<=(?=\\p{L})\\p{scx=Mong})[\\u180B-\\u180F]',
    `(?<=${letterOf(JOINING_SCRIPTS)})(?:\\u200D|\\u200C(?=${letterOf(JOINING_SCRIPTS)}))`,
    `(?<=${letterOf(SPACELESS_SCRIPTS)})\\u200B(?=${letterOf(SPACELESS_SCRIPTS)})`,
  ].join('|'),
  'uy',
);

/** The visible replacement of an invisible character. */
const PLACEHOLDER = '\uFFFD';

/** Returns true if a text has any visible character. */
export const hasVisibleText = (text) => VISIBLE.test(text);

/** Renders a message: http and https URLs become links, invisible characters become placeholders that name them. */
export function renderText(text) {
  const element = document.createDocumentFragment();
  for (const piece of splitInvisible(text)) {
    element.append(...(piece.invisible ? [placeholder(piece.invisible)] : linkify(piece.text)));
  }
  return element;
}

/** Text and placeholders for invisible characters, without links. */
export const visibleNodes = (text) => splitInvisible(text).map((piece) => piece.text ?? placeholder(piece.invisible));

/** The same as a string, for attributes, titles and notifications. */
export function plainText(text) {
  return splitInvisible(text)
    .map((piece) => piece.text ?? PLACEHOLDER)
    .join('');
}

/** A name in a `bdi` element, which isolates its direction from the surrounding text. */
export function isolatedName(name) {
  const element = document.createElement('bdi');
  element.append(...visibleNodes(name));
  return element;
}

/** A username in an element of its own, which no name can imitate. */
export function handle(username) {
  const element = document.createElement('span');
  element.className = 'handle';
  element.textContent = `@${username}`;
  return element;
}

/** Splits a text at invisible characters: `{text}`, or `{invisible}` such as `U+202E`. */
function splitInvisible(text) {
  const found = [];
  let from = 0;
  for (let match = INVISIBLE.exec(text); match; match = INVISIBLE.exec(text)) {
    ALLOWED_INVISIBLE.lastIndex = match.index;
    if (ALLOWED_INVISIBLE.test(text)) {
      INVISIBLE.lastIndex = ALLOWED_INVISIBLE.lastIndex;
      continue;
    }
    if (from < match.index) found.push({ text: text.slice(from, match.index) });
    found.push({ invisible: `U+${hex(match[0]).padStart(4, '0')}` });
    from = INVISIBLE.lastIndex;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

function placeholder(invisible) {
  const element = document.createElement('span');
  element.className = 'unseen';
  element.title = invisible;
  element.textContent = PLACEHOLDER;
  return element;
}

function hex(character) {
  return character.codePointAt(0).toString(16).toUpperCase();
}

/** Normalizes a text for searching: without diacritics, in lower case. */
export const searchKey = (text) => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().trim();
