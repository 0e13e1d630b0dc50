// Builds elements from the markup of a message: only from the subset that the server sends, without the browser's parser.

import { createLink } from './linkify.js';
import { visibleNodes } from './safe_text.js';

/** Elements, and the attributes that each may have. */
const ELEMENTS = new Map([
  ...['p', 'br', 'strong', 'em', 'del', 'code', 'pre', 'blockquote', 'ul', 'li'].map((name) => [name, []]),
  ['ol', ['start']],
  ['a', ['href', 'rel']],
]);

const ENTITIES = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['#39', "'"],
]);

/** Protocols of links. */
const PROTOCOLS = new Set(['http:', 'https:', 'mailto:']);

/** A tag, or text without markup. Everything else is not in the subset. */
const TOKEN = /<(\/?)([a-z]+)((?: [a-z]+="[^"<>]*")*)>|[^<>&]+|&(?:amp|lt|gt|quot|#39);/gy;
const ATTRIBUTE = / ([a-z]+)="([^"]*)"/g;

/** Elements inside each other. */
const MAX_DEPTH = 40;

/** Returns the elements of `html` in a fragment, or null if it has anything that is not in the subset. */
export function renderHtml(html) {
  const builder = new Builder();
  TOKEN.lastIndex = 0;
  for (let at = 0; at < html.length; at = TOKEN.lastIndex) {
    const token = TOKEN.exec(html);
    if (!token || !builder.add(token)) return null;
  }
  return builder.finish();
}

/** Decodes the entities of a text or an attribute. */
const decoded = (text) => text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name) => ENTITIES.get(name));

class Builder {
  #root = document.createDocumentFragment();
  /** Open elements, outermost first, as `{name, element, href}`. */
  #open = [];
  #text = '';

  /** Adds a token; returns false if it may not stand here. */
  add([token, closing, name, attributes]) {
    if (name === undefined) {
      this.#text += decoded(token);
      return true;
    }
    this.#flush();
    return closing ? this.#close(name) : this.#start(name, attributes);
  }

  /** Returns the fragment; null if an element is still open. */
  finish() {
    this.#flush();
    return this.#open.length === 0 ? this.#root : null;
  }

  get #parent() {
    return this.#open.at(-1)?.element ?? this.#root;
  }

  #flush() {
    this.#parent.append(...visibleNodes(this.#text));
    this.#text = '';
  }

  #start(name, text) {
    const attributes = new Map([...text.matchAll(ATTRIBUTE)].map(([, key, value]) => [key, decoded(value)]));
    const allowed = ELEMENTS.get(name);
    if (!allowed || this.#open.length >= MAX_DEPTH || [...attributes.keys()].some((key) => !allowed.includes(key))) return false;
    if (name === 'a' && this.#open.some((outer) => outer.name === 'a')) return false;
    const element = document.createElement(name);
    if (name === 'ol' && /^\d{1,9}$/.test(attributes.get('start') ?? '')) element.start = Number(attributes.get('start'));
    if (name === 'br') this.#parent.append(element);
    else this.#open.push({ name, element, href: attributes.get('href') ?? '' });
    return true;
  }

  #close(name) {
    if (this.#open.at(-1)?.name !== name) return false;
    const { element, href } = this.#open.pop();
    this.#parent.append(...(name === 'a' ? linkNodes(element, href) : [element]));
    return true;
  }
}

/** A link that shows where it leads: as its text, or beside it. Without a usable target it is its content. */
function linkNodes(link, href) {
  const url = URL.canParse(href) ? new URL(href) : null;
  if (!url || !PROTOCOLS.has(url.protocol)) return [...link.childNodes];
  const typed = createLink(link.textContent);
  if (typed?.href === url.href) return [typed];
  const target = url.protocol === 'mailto:' ? url.pathname : url.hostname;
  link.href = url.href;
  link.target = '_blank';
  link.rel = 'noopener noreferrer nofollow ugc';
  if (link.textContent === target) return [link];
  const shown = document.createElement('span');
  shown.className = 'target';
  shown.dir = 'ltr';
  shown.append(...visibleNodes(target));
  link.append(' ', shown);
  return [link];
}
