// The message field, and the messages that are being sent.

import { button, el, icon, setAttributes } from '../lib/dom.js';
import { strings as messageStrings } from '../lib/message_strings.js';
import * as storage from '../lib/storage.js';
import { hasVisibleText } from '../lib/safe_text.js';
import { strings } from '../lib/strings.js';
import { ComposerMode } from './composer_mode.js';
import { textElement } from './message_content.js';
import { messageBubble } from './message_view.js';
import { Outbox } from './outbox.js';
import { quoteElement } from './quotes.js';

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
  #mode = new ComposerMode(() => this.#leaveMode());
  #left = el('p', { class: 'left', role: 'status' });
  /** Says who else types. */
  typing = el('p', { class: 'typing' });

  constructor(model, timeline) {
    this.#model = model;
    this.#timeline = timeline;
    this.#outbox = new Outbox(model, () => this.#renderPending());
    this.element = el(
      'form',
      { class: 'composer', 'aria-label': t.send },
      this.typing,
      this.#mode.element,
      this.#left,
      this.#text,
      this.#send,
    );
    this.#text.value = storage.draft.get(model.id);
    this.element.addEventListener('submit', (event) => (event.preventDefault(), this.#submit()));
    this.#text.addEventListener('input', () => this.#onInput());
    this.#text.addEventListener('keydown', (event) => this.#onKeyDown(event));
    storage.onChange((kind, id) => kind === 'draft' && id === model.id && document.hidden && this.#onDraftChanged(), model.signal);
    model.on('reply', ({ entry }) => this.#enterMode('reply', entry));
    model.on('edit', ({ entry }) => this.#enterMode('edit', entry));
    model.on('changed', ({ seq }) => this.#onChanged(seq));
    this.#onInput();
    this.#renderPending();
    this.#outbox.run();
  }

  /** Returns true if there is something to send that is no edit. */
  get isWriting() {
    return this.#mode.kind !== 'edit' && hasVisibleText(this.#text.value);
  }

  focus() {
    this.#text.focus({ preventScroll: true });
  }

  #restoreDraft() {
    this.#text.value = storage.draft.get(this.#model.id);
    this.#resize();
  }

  #onDraftChanged() {
    if (this.#mode.kind !== 'edit') this.#restoreDraft();
  }

  /** Begins to answer or to edit a message; an edited text replaces the draft until it is saved. */
  #enterMode(kind, entry) {
    if (this.#mode.kind === 'edit') this.#restoreDraft();
    this.#mode.start(kind, entry);
    if (kind === 'edit') this.#text.value = entry.message.text;
    this.#resize();
    this.focus();
  }

  #leaveMode() {
    const { kind } = this.#mode;
    this.#mode.end();
    if (kind === 'edit') this.#restoreDraft();
    this.#resize();
    this.focus();
  }

  /** A message that was deleted cannot be edited any more: its text becomes a draft. */
  #onChanged(seq) {
    if (this.#mode.kind !== 'edit' || this.#mode.entry.seq !== seq || !this.#mode.entry.message.deleted) return;
    this.#mode.end();
    this.#onInput();
  }

  /** The last message that this member wrote and can edit. */
  #lastOwn() {
    const { log, me } = this.#model;
    return me && log.entries.findLast(({ message, member }) => message && !message.deleted && member?.id === me.id);
  }

  /** Escape leaves an answer or an edit; the up arrow in an empty field edits the last own message. Returns true if it was one of them. */
  #isCommand({ key, isComposing }) {
    if (isComposing) return false;
    if (key === 'Escape' && this.#mode.kind) return (this.#leaveMode(), true);
    const entry = key === 'ArrowUp' && this.#text.value === '' && !this.#mode.kind && this.#lastOwn();
    if (entry) this.#enterMode('edit', entry);
    return Boolean(entry);
  }

  /** Enter sends on a keyboard; it breaks the line on a touch screen and ends a word in an input method. */
  #onKeyDown(event) {
    if (this.#isCommand(event)) return event.preventDefault();
    const composing = event.isComposing || event.keyCode === COMPOSING_KEY_CODE;
    if (event.key !== 'Enter' || event.shiftKey || composing || event.altKey || matchMedia('(pointer: coarse)').matches) return null;
    event.preventDefault();
    return this.#submit();
  }

  #onInput() {
    if (this.#mode.kind !== 'edit') storage.draft.set(this.#model.id, this.#text.value);
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
    this.#send.disabled = tooLong || tooManyLines || !(hasVisibleText(text) || this.#mayBeEmpty);
    const name = this.#mode.kind === 'edit' ? messageStrings.edit.save : t.send;
    setAttributes(this.#send, { 'aria-label': name, title: name });
  }

  /** The caption of an image or a video may be removed. */
  get #mayBeEmpty() {
    const { image, video } = this.#mode.entry?.message ?? {};
    return this.#mode.kind === 'edit' && Boolean(image ?? video);
  }

  #submit() {
    const text = trimMessage(this.#text.value);
    if (this.#send.disabled) return;
    if (this.#mode.kind === 'edit') return void this.#saveEdit(text);
    const replyTo = this.#mode.entry?.seq ?? null;
    this.#mode.end();
    this.#text.value = '';
    this.#onInput();
    this.#outbox.send(text, replyTo);
    this.#timeline.onSent();
    this.focus();
  }

  async #saveEdit(text) {
    const { seq } = this.#mode.entry;
    const path = `${this.#model.path}/messages/${seq}`;
    this.#send.disabled = true;
    const saved = await this.#mode.attempt(() => this.#model.call('PATCH', path, { body: { text: text || null } }));
    if (this.#mode.entry?.seq !== seq) return;
    if (saved) this.#leaveMode();
    else this.#resize();
  }

  #renderPending() {
    const items = this.#outbox?.items ?? [];
    const me = this.#model.me?.id;
    this.#timeline.showPending(items.map((item) => [`${item.ref} ${item.state} ${item.reason} ${me}`, () => this.#pendingElement(item)]));
  }

  #pendingElement({ ref, text, replyTo, state, reason }) {
    const quote = replyTo && quoteElement(replyTo, this.#model);
    const element = messageBubble({ mine: true, first: true, member: this.#model.me, quote, content: textElement(text) });
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
