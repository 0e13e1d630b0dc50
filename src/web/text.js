// Shows what people wrote as text that cannot pretend: nothing in it stays unseen, and a link says where it goes.

import { addressed } from './address.js';

/** What nobody would see, or what turns the direction of the text around it. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\uFFFC]/gu;

/** Signs of Arabic, Syriac and Kaithi that are seen although Unicode counts them among the formats. */
const SEEN_FORMATS = '\\u0600-\\u0605\\u06DD\\u070F\\u0890\\u0891\\u08E2\\u{110BD}\\u{110CD}';

/** What shows something by itself. The server refuses a message that has nothing of it, by the same rule. */
const SHOWN = new RegExp(
  `[^\\p{White_Space}\\p{Cc}\\p{Cf}\\p{Cs}\\p{Default_Ignorable_Code_Point}\\u2800\\uFFFC\\u{1D159}]|[${SEEN_FORMATS}]`,
  'u',
);

/** Scripts whose letters join, or are kept from joining, by an unseen character between them. */
const JOINING = [
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

/** Scripts that put no spaces between words, and an unseen one where a line may break. */
const SPACELESS = ['Khmr', 'Thai', 'Laoo', 'Mymr'];

const letterOf = (scripts) => `(?=[\\p{L}\\p{M}])[${scripts.map((script) => `\\p{scx=${script}}`).join('')}]`;

/** What follows a black flag in those of England, Scotland and Wales: the only emoji that have tag characters. */
const FLAGS = ['gbeng', 'gbsct', 'gbwls'].map((region) => `${[...region].map((letter) => `\\u{E00${hex(letter)}}`).join('')}\\u{E007F}`);

/** Where such characters are part of what is seen, and stay. */
const STAYS = new RegExp(
  [
    '[\\n\\t]|\\r(?=\\n)',
    `[${SEEN_FORMATS}]`,
    '(?<=(?![0-9#*])\\p{Emoji})[\\uFE0E\\uFE0F]|(?<=[0-9#*])\\uFE0F(?=\\u20E3)',
    '(?<=\\p{Extended_Pictographic}[\\uFE0F\\p{Emoji_Modifier}]?)\\u200D(?=\\p{Extended_Pictographic})',
    `(?<=\\u{1F3F4})(?:${FLAGS.join('|')})`,
    // Variants of one Chinese character, as names have them; and of Mongolian letters.
    '(?<=\\p{Unified_Ideograph})[\\uFE00-\\uFE02\\u{E0100}-\\u{E01EF}]',
    '(?<=(?=\\p{L})\\p{scx=Mong})[\\u180B-\\u180F]',
    `(?<=${letterOf(JOINING)})(?:\\u200D|\\u200C(?=${letterOf(JOINING)}))`,
    `(?<=${letterOf(SPACELESS)})\\u200B(?=${letterOf(SPACELESS)})`,
  ].join('|'),
  'uy',
);

/** The visible sign that stands for an unseen character where there is only text. */
const SIGN = '\uFFFD';

/** Whether a text shows anything to whoever reads it. */
export const showsSomething = (text) => SHOWN.test(text);

/** What somebody wrote, as nodes: http and https addresses are links, unseen characters are signs that say what they are. */
export function said(text) {
  const shown = document.createDocumentFragment();
  for (const piece of pieces(text)) {
    shown.append(...(piece.unseen ? [sign(piece.unseen)] : addressed(piece.text)));
  }
  return shown;
}

/** The same as a string, for attributes, titles and notifications: names, titles, or what somebody wrote. */
export function plain(text) {
  return pieces(text)
    .map((piece) => piece.text ?? SIGN)
    .join('');
}

/** A name, kept from turning the text around it. */
export function named(name) {
  const shown = document.createElement('bdi');
  shown.append(...pieces(name).map((piece) => piece.text ?? sign(piece.unseen)));
  return shown;
}

/** The text cut at its unseen characters: `{text}` of what is seen, `{unseen}` such as `U+202E`. */
function pieces(text) {
  const found = [];
  let from = 0;
  for (let match = UNSEEN.exec(text); match; match = UNSEEN.exec(text)) {
    STAYS.lastIndex = match.index;
    if (STAYS.test(text)) {
      UNSEEN.lastIndex = STAYS.lastIndex;
      continue;
    }
    if (from < match.index) found.push({ text: text.slice(from, match.index) });
    found.push({ unseen: `U+${hex(match[0]).padStart(4, '0')}` });
    from = UNSEEN.lastIndex;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

function sign(unseen) {
  const shown = document.createElement('span');
  shown.className = 'unseen';
  shown.title = unseen;
  shown.textContent = SIGN;
  return shown;
}

function hex(character) {
  return character.codePointAt(0).toString(16).toUpperCase();
}

/** A text in which something is searched for: without marks on its letters, in small ones. */
export const folded = (text) => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().trim();
