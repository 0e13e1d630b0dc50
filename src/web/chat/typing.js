// Who types: a quiet line above the message field, and what this page tells the others.

import { fill } from '../lib/dom.js';
import { strings } from '../lib/presence_strings.js';
import { isolatedName } from '../lib/safe_text.js';
import { stopwatch } from '../lib/time.js';
import { displayName } from './member_view.js';

/** How often the page says again that its member types. */
const REPEAT_INTERVAL = 4_000;

export class Typing {
  #model;
  #composer;
  /** The time since the page last said so; null if its member does not type. */
  #told = null;

  constructor(model, composer) {
    this.#model = model;
    this.#composer = composer;
    composer.element.addEventListener('input', () => this.#onInput());
    for (const event of ['typing', 'members', 'connection']) model.on(event, () => this.#render());
    model.on('added', ({ entries }) => {
      // A message ends the typing of its author.
      if (entries.some(({ message, member }) => message && member?.id === model.me?.id)) this.#told = null;
    });
    this.#render();
  }

  #onInput() {
    const types = this.#composer.isWriting;
    if (types ? this.#told && this.#told.elapsed < REPEAT_INTERVAL : !this.#told) return;
    const { me, isCurrent, path } = this.#model;
    if (!me || !isCurrent) return;
    this.#told = types ? stopwatch() : null;
    this.#model.call('POST', `${path}/typing`, { body: { typing: types } }).catch(() => null);
  }

  #render() {
    const { me, members, isCurrent, signals } = this.#model;
    const others = isCurrent ? (signals.typing?.members ?? []).filter((id) => id !== me?.id) : [];
    const names = others.map((id) => isolatedName(displayName(members.get(id))));
    fill(this.#composer.typing, ...(names.length > 0 ? strings.typing(names) : []));
  }
}
