// Turns URLs in a text into links whose text cannot misrepresent their target.

/** A URL ends at white space, a quotation mark, or a bracket or stop of Chinese and Japanese. */
const URL_PATTERN = /(?<![a-z0-9_])https?:\/\/[^\s<>"`«»“”„。，、；：！？（）「」『』【】《》〈〉]+/giu;

/** Punctuation of the sentence around a URL. */
const TRAILING_PUNCTUATION = new Set('.,:;!?\'’‘"*…|');

/** Closing brackets, which belong to a URL only if it contains the opening ones. */
const BRACKETS = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
]);

/** Latin letters that cannot be confused with others, digits and hyphens; without dotless i and phonetic letters. */
const LATIN = 'a-z0-9\\-ß-öø-įĵ-ķĺ-žơưșț\\u1EA0-\\u1EF9';

/** Scripts that a label may not mix with others. */
const SINGLE_SCRIPTS = [
  'Arab',
  'Hebr',
  'Thai',
  'Laoo',
  'Khmr',
  'Mymr',
  'Tibt',
  'Geor',
  'Ethi',
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
  'Cyrl',
  'Grek',
  'Armn',
];

/** Scripts that are written together, and together with Latin. */
const COMBINED_SCRIPTS = [
  ['Hani', 'Hira', 'Kana'],
  ['Hani', 'Bopo'],
  ['Hani', 'Hang'],
];

const letters = (scripts) => scripts.map((script) => `\\p{scx=${script}}`).join('');

/** Labels that are displayed as typed. */
const SAFE_LABELS = [
  LATIN,
  ...COMBINED_SCRIPTS.map((scripts) => LATIN + letters(scripts)),
  ...SINGLE_SCRIPTS.map((script) => `0-9\\-${letters([script])}`),
].map((characters) => new RegExp(`^[${characters}]+$`, 'u'));

/** Scripts with letters that look like Latin ones: not allowed under a Latin top-level domain. */
const LATIN_LOOKALIKES = /[\p{scx=Cyrl}\p{scx=Grek}\p{scx=Armn}]/u;

/** Chinese and Japanese characters that look like a slash, a dash or a dot beside Latin letters. */
const STROKE_LOOKALIKES = /[a-z0-9][ノンソゾー一丨丶丿〳〵ニヘへ・]|[ノンソゾー一丨丶丿〳〵ニヘへ・][a-z0-9]/u;

/** Splits a text into strings and links. */
export function linkify(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(URL_PATTERN)) {
    const typed = trimTrailing(match[0]);
    const link = createLink(typed);
    if (!link) continue;
    nodes.push(text.slice(from, match.index), link);
    from = match.index + typed.length;
  }
  return [...nodes, text.slice(from)].filter((node) => node !== '');
}

/** Removes punctuation that belongs to the sentence from the end of a URL. */
function trimTrailing(typed) {
  const surplus = new Map([...BRACKETS].map(([closing, opening]) => [closing, typed.split(closing).length - typed.split(opening).length]));
  let end = typed.length;
  for (;;) {
    const last = typed[end - 1];
    if (surplus.get(last) > 0) surplus.set(last, surplus.get(last) - 1);
    else if (!TRAILING_PUNCTUATION.has(last)) return typed.slice(0, end);
    end -= 1;
  }
}

/** Creates a link; null if the URL is invalid or has a user name, which could be mistaken for the host. */
export function createLink(typed) {
  const [, start, host, rest] = /^(https?:\/\/)(.*?)((?::\d*)?(?:[/?#\\].*)?)$/iu.exec(typed) ?? [];
  if (!host || host.includes('@') || !URL.canParse(typed)) return null;
  const url = new URL(typed);
  const link = document.createElement('a');
  link.href = url.href;
  link.target = '_blank';
  link.rel = 'noopener noreferrer nofollow ugc';
  link.dir = 'ltr';
  link.append(start, ...renderHost(isUnambiguous(host, url.hostname) ? host : url.hostname), rest);
  return link;
}

/** Returns true if a host can be displayed as typed without being mistaken for another one. */
function isUnambiguous(typed, hostname) {
  const host = typed.toLowerCase().normalize('NFC');
  if (host === hostname) return true;
  if (host !== host.normalize('NFKC') || !/[^\0-\x7f]/.test(host) || STROKE_LOOKALIKES.test(host)) return false;
  const labels = host.split('.').filter((label) => label !== '');
  const latin = /^[a-z0-9-]+$/.test(labels.at(-1));
  return labels.every((label) => SAFE_LABELS.some((pattern) => pattern.test(label)) && !(latin && LATIN_LOOKALIKES.test(label)));
}

/** Renders the labels of a host from left to right, whatever the direction of their script. */
function renderHost(host) {
  if (/^[\0-\x7f]*$/.test(host)) return [host];
  return host.split('.').flatMap((label, index) => {
    const shown = document.createElement('bdi');
    shown.textContent = label;
    return index === 0 ? [shown] : ['.', shown];
  });
}
