// Turns addresses in a text into links that cannot pretend to lead elsewhere.

/** An address ends where a space, a quotation mark, or a bracket or stop of Chinese and Japanese stands. */
const ADDRESS = /(?<![a-z0-9_])https?:\/\/[^\s<>"`«»“”„。，、；：！？（）「」『』【】《》〈〉]+/giu;

/** What a sentence puts after an address. */
const AFTER = new Set('.,:;!?\'’‘"*…|');

/** Closing brackets, which belong to an address only where it has the opening ones. */
const BRACKETS = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
]);

/** Latin letters that look like no others, with digits and hyphens; a dotless i, or letters of phonetics, are not among them. */
const LATIN = 'a-z0-9\\-ß-öø-įĵ-ķĺ-žơưșț\\u1EA0-\\u1EF9';

/** Scripts of labels that are not mixed with others. */
const ALONE = [
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
const TOGETHER = [
  ['Hani', 'Hira', 'Kana'],
  ['Hani', 'Bopo'],
  ['Hani', 'Hang'],
];

const letters = (scripts) => scripts.map((script) => `\\p{scx=${script}}`).join('');

/** What a label may consist of to be shown as it was typed. */
const LABELS = [LATIN, ...TOGETHER.map((scripts) => LATIN + letters(scripts)), ...ALONE.map((script) => `0-9\\-${letters([script])}`)].map(
  (characters) => new RegExp(`^[${characters}]+$`, 'u'),
);

/** Letters that look like Latin ones, as whole words of them do: not under a domain of Latin letters. */
const LIKE_LATIN = /[\p{scx=Cyrl}\p{scx=Grek}\p{scx=Armn}]/u;

/** Chinese and Japanese letters that look like a slash, a dash or a dot beside Latin ones. */
const LIKE_STROKES = /[a-z0-9][ノンソゾー一丨丶丿〳〵ニヘへ・]|[ノンソゾー一丨丶丿〳〵ニヘへ・][a-z0-9]/u;

/** A text as strings and links, in its order. */
export function addressed(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const typed = trimmed(match[0]);
    const link = linked(typed);
    if (!link) continue;
    nodes.push(text.slice(from, match.index), link);
    from = match.index + typed.length;
  }
  return [...nodes, text.slice(from)].filter((node) => node !== '');
}

/** An address without what the sentence around it put after it. */
function trimmed(typed) {
  const surplus = new Map([...BRACKETS].map(([closing, opening]) => [closing, typed.split(closing).length - typed.split(opening).length]));
  let end = typed.length;
  for (;;) {
    const last = typed[end - 1];
    if (surplus.get(last) > 0) surplus.set(last, surplus.get(last) - 1);
    else if (!AFTER.has(last)) return typed.slice(0, end);
    end -= 1;
  }
}

/** The link to an address; null where there is none, or where it has a user name, which is there to be taken for a host. */
function linked(typed) {
  const [, start, host, rest] = /^(https?:\/\/)(.*?)((?::\d*)?(?:[/?#\\].*)?)$/iu.exec(typed);
  if (host === '' || host.includes('@') || !URL.canParse(typed)) return null;
  const url = new URL(typed);
  const link = document.createElement('a');
  link.href = url.href;
  link.target = '_blank';
  link.rel = 'noopener noreferrer nofollow ugc';
  link.dir = 'ltr';
  link.append(start, ...hostShown(honest(host, url.hostname) ? host : url.hostname), rest);
  return link;
}

/** Whether a host can be read as it was typed without being taken for another one. */
function honest(typed, hostname) {
  const host = typed.toLowerCase().normalize('NFC');
  if (host === hostname) return true;
  if (host !== host.normalize('NFKC') || !/[^\0-\x7f]/.test(host) || LIKE_STROKES.test(host)) return false;
  const labels = host.split('.').filter((label) => label !== '');
  const latin = /^[a-z0-9-]+$/.test(labels.at(-1));
  return labels.every((label) => LABELS.some((pattern) => pattern.test(label)) && !(latin && LIKE_LATIN.test(label)));
}

/** The labels of a host in their order from left to right, whichever way their letters go. */
function hostShown(host) {
  if (/^[\0-\x7f]*$/.test(host)) return [host];
  return host.split('.').flatMap((label, index) => {
    const shown = document.createElement('bdi');
    shown.textContent = label;
    return index === 0 ? [shown] : ['.', shown];
  });
}
