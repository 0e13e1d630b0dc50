// The message field, and the messages that are being sent.

import { button, el, icon } from '../lib/dom.js';
import * as storage from '../lib/storage.js';
import { hasVisibleText } from '../lib/safe_text.js';
import { strings } from '../lib/strings.js';
import { messageBubble } from './entry_view.js';
import { Outbox } from './outbox.js';

const t = strings.composer;
const MAX_BYTES = 8_192;
const MAX_LINES = 500;
/** From this length on the remaining bytes are shown. */
const WARN_AT_BYTES = MAX_BYTES - 500;

/** Key code of a key that an input method handled: Safari ends the composition before the event. */
const COMPOSING_KEY_CODE = 229;

const encoder = new TextEncoder();

/** Removes empty lines around a text and white space at its end. */
const trimMessage = (text) => text.replace(/^(?:[^\S\n]*\n)+|\s+$/g, '');

export class Composer {
  #model;
  #timeline;
  #outbox;
  #text = el('textarea', { rows: 1, 'aria-label': t.label, placeholder: t.placeholder, enterkeyhint: 'send', dir: 'auto' });
  #send = el('button', { type: 'submit', class: 'primary send', 'aria-label': t.send, title: t.send }, icon('send'));
  #left = el('p', { class: 'left', role: 'status' });

  constructor(model, timeline) {
    this.#model = model;
    this.#timeline = timeline;
    this.#outbox = new Outbox(model, () => this.#renderPending());
    this.element = el('form', { class: 'composer', 'aria-label': t.send }, this.#left, this.#text, this.#send);
    this.#text.value = storage.draft.get(model.id);
    this.element.addEventListener('submit', (event) => (event.preventDefault(), this.#submit()));
    this.#text.addEventListener('input', () => this.#onInput());
    this.#text.addEventListener('keydown', (event) => this.#onKeyDown(event));
    storage.onChange((kind, id) => kind === 'draft' && id === model.id && document.hidden && this.#restoreDraft());
    this.#onInput();
    this.#renderPending();
    this.#outbox.run();
  }

  focus() {
    this.#text.focus({ preventScroll: true });
  }

  #restoreDraft() {
    this.#text.value = storage.draft.get(this.#model.id);
    this.#resize();
  }

  /** Enter sends on a keyboard; it breaks the line on a touch screen and ends a word in an input method. */
  #onKeyDown(event) {
    const composing = event.isComposing || event.keyCode === COMPOSING_KEY_CODE;
    if (event.key !== 'Enter' || event.shiftKey || composing || event.altKey || matchMedia('(pointer: coarse)').matches) return;
    event.preventDefault();
    this.#submit();
  }

  #onInput() {
    storage.draft.set(this.#model.id, this.#text.value);
    this.#resize();
  }

  /** Fits the field to its text, and shows when it is too long. */
  #resize() {
    const { value } = this.#text;
    this.#text.style.height = 'auto';
    this.#text.style.height = `${this.#text.scrollHeight + 2}px`;
    const text = trimMessage(value);
    const bytes = encoder.encode(text).length;
    const tooLong = bytes > MAX_BYTES;
    const tooManyLines = text.split('\n').length > MAX_LINES;
    const hint = tooManyLines
      ? t.tooManyLines
      : tooLong
        ? t.tooLong(bytes - MAX_BYTES)
        : bytes > WARN_AT_BYTES
          ? t.left(MAX_BYTES - bytes)
          : '';
    this.#left.textContent = hint;
    this.#left.classList.toggle('over', tooLong || tooManyLines);
    this.#send.disabled = tooLong || tooManyLines || !hasVisibleText(text);
  }

  #submit() {
    const text = trimMessage(this.#text.value);
    if (this.#send.disabled) return;
    this.#text.value = '';
    this.#onInput();
    this.#outbox.send(text);
    this.#timeline.onSent();
    this.focus();
  }

  #renderPending() {
    const items = this.#outbox?.items ?? [];
    const me = this.#model.me?.id;
    this.#timeline.showPending(items.map((item) => [`${item.ref} ${item.state} ${item.reason} ${me}`, () => this.#pendingElement(item)]));
  }

  #pendingElement({ ref, text, state, reason }) {
    const element = messageBubble({ mine: true, first: true, member: this.#model.me, text });
    const label = state === 'failed' ? t.failed(reason) : t[state];
    const sign = icon({ failed: 'warning', sent: 'check' }[state] ?? 'clock');
    const meta = el('span', { class: 'meta', role: state === 'failed' && 'alert' }, sign, el('span', { class: 'state' }, label));
    const thenFocus = (action) => () => (action(), this.focus());
    const actions =
      state === 'failed' &&
      el(
        'span',
        { class: 'actions' },
        button(t.retry, { class: 'quiet small', onClick: thenFocus(() => this.#outbox.retry(ref)) }),
        button(t.discard, { class: 'quiet small', onClick: thenFocus(() => this.#outbox.discard(ref)) }),
      );
    element.classList.add('unsent', `is-${state}`);
    element.querySelector('.body').append(meta);
    element.querySelector('.bubble').append(actions || '');
    return element;
  }
}
