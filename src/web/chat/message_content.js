// Renders what a message says: text, markup, an image or a video by its link.

import { el, icon } from '../lib/dom.js';
import { renderHtml } from '../lib/message_html.js';
import { strings } from '../lib/message_strings.js';
import { plainText, renderText } from '../lib/safe_text.js';
import { clockOf } from '../lib/time.js';

const t = strings;

/** The content of a message. */
export function contentElement({ deleted, text, html, image, video }) {
  if (deleted) return el('span', { class: 'text' }, t.deleted);
  const media = image ? mediaElement('image', image) : video ? mediaElement('video', video) : null;
  return media ? el('div', { class: 'with-media' }, media, text && textElement(text, html)) : textElement(text, html);
}

/** Markup that adds nothing to a text that `renderText` would not: paragraphs, and URLs as they were typed. */
const PLAIN_MARKUP = /<\/?p>|<br>|<a href="([^"]*)" rel="[^"]*">\1<\/a>/g;

/** Returns true if a text says the same as it was typed. */
const isPlain = (html) => !html.replaceAll(PLAIN_MARKUP, '').includes('<');

/** A text, from its markup if that is in the known subset and formats it, else as it was typed. */
export function textElement(text, html = null) {
  const formatted = html && !isPlain(html) && renderHtml(html);
  if (!formatted) return el('span', { class: 'text' }, renderText(text));
  return el('div', { class: 'text formatted' }, formatted);
}

/** An image or a video as a link that names where it is. Nothing is fetched before it is opened. */
function mediaElement(kind, { url, alt, width, height, duration_seconds: seconds }) {
  const href = URL.canParse(url) ? new URL(url) : null;
  if (href?.protocol !== 'https:') return el('p', { class: 'media' }, plainText(url));
  const about = [href.hostname, width && height && `${width} × ${height}`, seconds && clockOf(seconds)].filter(Boolean).join(' · ');
  return el(
    'a',
    { class: 'media', href: href.href, target: '_blank', rel: 'noopener noreferrer nofollow ugc' },
    icon(kind),
    el(
      'span',
      { class: 'item-main' },
      el('strong', {}, alt ? plainText(alt) : t.show[kind]),
      el('span', { class: 'about', dir: 'ltr' }, about),
    ),
  );
}

/** A message in a line: for quotes, and to be read out. */
export function excerptOf({ deleted, text, image, video }) {
  if (deleted) return t.deleted;
  const line = plainText(text.slice(0, 500).replaceAll(/\s+/g, ' ').trim());
  return line || image?.alt || (image ? t.kind.image : video ? t.kind.video : '');
}
