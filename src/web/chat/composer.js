// Where a message is written, and those that are on their way.

import { button, el, icon } from '../dom.js';
import * as kept from '../kept.js';
import { showsSomething } from '../text.js';
import { words } from '../words.js';
import { bubble } from './entries.js';
import { Outbox } from './outbox.js';

const w = words.composer;
const MOST_BYTES = 8_192;
const MOST_LINES = 500;
/** From here on the writer is told how much is left. */
const TELL_AT = MOST_BYTES - 500;

/** The key code by which Safari says that an input method had the key: it ends the composition before it tells. */
const COMPOSING = 229;

const encoder = new TextEncoder();

/** What is sent of what was written: all but empty lines around it and spaces behind it. */
const written = (text) => text.replace(/^(?:[^\S\n]*\n)+|\s+$/g, '');

export class Composer {
  #room;
  #timeline;
  #outbox;
  #text = el('textarea', { rows: 1, 'aria-label': w.label, placeholder: w.placeholder, enterkeyhint: 'send', dir: 'auto' });
  #send = el('button', { type: 'submit', class: 'primary send', 'aria-label': w.send, title: w.send }, icon('send'));
  #left = el('p', { class: 'left', role: 'status' });

  constructor(room, timeline) {
    this.#room = room;
    this.#timeline = timeline;
    this.#outbox = new Outbox(room, () => this.#showsPending());
    this.element = el('form', { class: 'composer', 'aria-label': w.send }, this.#left, this.#text, this.#send);
    this.#text.value = kept.draft.get(room.id);
    this.element.addEventListener('submit', (event) => (event.preventDefault(), this.#sends()));
    this.#text.addEventListener('input', () => this.#written());
    this.#text.addEventListener('keydown', (event) => this.#pressed(event));
    kept.watch((kind, id) => kind === 'draft' && id === room.id && document.hidden && this.#restores());
    this.#written();
    this.#showsPending();
    this.#outbox.run();
  }

  focus() {
    this.#text.focus({ preventScroll: true });
  }

  #restores() {
    this.#text.value = kept.draft.get(this.#room.id);
    this.#fits();
  }

  /** Enter sends where there is a keyboard; on a touch screen it begins a line, in an input method it ends a word. */
  #pressed(event) {
    const composing = event.isComposing || event.keyCode === COMPOSING;
    if (event.key !== 'Enter' || event.shiftKey || composing || event.altKey || matchMedia('(pointer: coarse)').matches) return;
    event.preventDefault();
    this.#sends();
  }

  #written() {
    kept.draft.set(this.#room.id, this.#text.value);
    this.#fits();
  }

  /** The field grows with what is in it, and says when that is too much. */
  #fits() {
    const { value } = this.#text;
    this.#text.style.height = 'auto';
    this.#text.style.height = `${this.#text.scrollHeight + 2}px`;
    const text = written(value);
    const bytes = encoder.encode(text).length;
    const tooLong = bytes > MOST_BYTES;
    const tooManyLines = text.split('\n').length > MOST_LINES;
    const tells = tooManyLines
      ? w.tooManyLines
      : tooLong
        ? w.tooLong(bytes - MOST_BYTES)
        : bytes > TELL_AT
          ? w.left(MOST_BYTES - bytes)
          : '';
    this.#left.textContent = tells;
    this.#left.classList.toggle('over', tooLong || tooManyLines);
    this.#send.disabled = tooLong || tooManyLines || !showsSomething(text);
  }

  #sends() {
    const text = written(this.#text.value);
    if (this.#send.disabled) return;
    this.#text.value = '';
    this.#written();
    this.#outbox.send(text);
    this.#timeline.wrote();
    this.focus();
  }

  #showsPending() {
    const items = this.#outbox?.items ?? [];
    const me = this.#room.me?.id;
    this.#timeline.showPending(items.map((item) => [`${item.ref} ${item.state} ${item.reason} ${me}`, () => this.#pendingElement(item)]));
  }

  #pendingElement({ ref, text, state, reason }) {
    const element = bubble({ mine: true, first: true, member: this.#room.me, text });
    const says = state === 'failed' ? w.failed(reason) : w[state];
    const sign = icon({ failed: 'warning', sent: 'check' }[state] ?? 'clock');
    const meta = el('span', { class: 'meta', role: state === 'failed' && 'alert' }, sign, el('span', { class: 'state' }, says));
    const then = (act) => () => (act(), this.focus());
    const actions =
      state === 'failed' &&
      el(
        'span',
        { class: 'actions' },
        button(w.retry, { class: 'quiet small', act: then(() => this.#outbox.retry(ref)) }),
        button(w.discard, { class: 'quiet small', act: then(() => this.#outbox.discard(ref)) }),
      );
    element.classList.add('unsent', `is-${state}`);
    element.querySelector('.body').append(meta);
    element.querySelector('.bubble').append(actions || '');
    return element;
  }
}
