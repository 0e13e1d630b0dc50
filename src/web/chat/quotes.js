// Quotes: what a message answers, whether it is loaded or not.

import { el, fill } from '../lib/dom.js';
import { strings } from '../lib/message_strings.js';
import { isolatedName } from '../lib/safe_text.js';
import { applyChange, toEntry } from './entry.js';
import { displayName, hueOf } from './member_view.js';
import { excerptOf } from './message_content.js';

/** Entries that are quoted and not loaded: read once each, one after the other. Emits `changed` on the model when one is known. */
export class Quotes {
  #model;
  /** Entries by number; null if unknown. */
  #known = new Map();
  #reading = Promise.resolve();

  constructor(model) {
    this.#model = model;
  }

  /** The entry with this number; null as long as it is unknown. */
  find(seq) {
    const entry = this.#model.log.find(seq);
    if (entry) return entry.message ? entry : null;
    if (!this.#known.has(seq)) this.#read(seq);
    return this.#known.get(seq);
  }

  /** Forgets everything: the numbering has restarted. */
  reset() {
    this.#known.clear();
  }

  /** Applies a change to an entry that is not loaded. */
  apply(change) {
    const entry = this.#known.get(change.target);
    return Boolean(entry) && applyChange(entry, change);
  }

  #read(seq) {
    this.#known.set(seq, null);
    this.#reading = this.#reading.then(async () => {
      const data = await this.#model.read(`${this.#model.path}/messages/${seq}`, { tries: 2 }).catch(() => null);
      if (!data) return;
      this.#known.set(seq, toEntry('message', data));
      this.#model.emit('changed', { seq });
    });
  }
}

/** A quote of the message `seq`, which leads to it. */
export function quoteElement(seq, model) {
  const quote = el('button', { type: 'button', class: 'quote', tabindex: '-1', 'data-quote': seq });
  fillQuote(quote, model.quotes.find(seq));
  return quote;
}

/** Shows the author and the beginning of what is quoted. */
export function fillQuote(quote, entry) {
  const name = entry && el('strong', {}, isolatedName(displayName(entry.member)));
  quote.style.setProperty('--hue', hueOf(entry?.member));
  fill(quote, name, el('span', { dir: 'auto' }, entry ? excerptOf(entry.message).slice(0, 200) : strings.earlier));
}
