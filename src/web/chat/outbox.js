// Unacknowledged messages: sent in order, at least once, stored exactly once.

import { randomKey, now, pause, Problem } from '../lib/api.js';
import { withLock } from '../lib/lock.js';
import * as storage from '../lib/storage.js';

/** Timeout before a message is looked up and sent again; doubles each time, for slow connections. */
const RESPONSE_TIMEOUT = 6_000;
const MAX_RESPONSE_TIMEOUT = 24_000;

/**
 * Messages stay in storage until the server has them. A message that may have arrived is looked up in the conversation before it is
 * sent again; its idempotency key makes a repetition harmless. One tab at a time sends.
 */
export class Outbox {
  #model;
  #notify;
  #busy = false;
  #runAgain = false;
  #sent = new Map();
  #timeout = RESPONSE_TIMEOUT;

  constructor(model, changed) {
    this.#model = model;
    this.#notify = changed;
    model.on('read', () => this.#removeArrived(model.log.entries));
    model.on('added', ({ entries }) => this.#removeArrived(entries));
    model.on('connection', ({ state }) => (changed(), state === 'connected' && this.run()));
    storage.onChange((kind, id) => kind === 'outbox' && id === model.id && (changed(), this.run()), model.signal);
  }

  /** Messages that the conversation does not have yet: `{ref, text, replyTo, at, state: sending | waiting | sent | failed, reason}`. */
  get items() {
    const waiting = this.#model.connection !== 'connected';
    const open = storage.outbox
      .get(this.#model.id)
      .map((item) => ({ ...item, state: item.failed ? 'failed' : waiting ? 'waiting' : 'sending', reason: item.failed }));
    return [...this.#sent.values(), ...open];
  }

  /** Queues a message, which may answer the one with the number `replyTo`. */
  send(text, replyTo = null) {
    const { id, log } = this.#model;
    const at = Math.max(now(), (storage.outbox.get(id).at(-1)?.at ?? 0) + 1);
    storage.outbox.put(id, { ref: randomKey(), key: randomKey(), text, replyTo, at, after: log.last, tried: false });
    this.#notify();
    this.run();
  }

  /** Retries a failed message. */
  retry(ref) {
    this.#update(ref, { failed: undefined });
    this.run();
  }

  /** Discards a message. */
  discard(ref) {
    storage.outbox.remove(this.#model.id, ref);
    this.#notify();
  }

  #update(ref, facts) {
    storage.outbox.mark(this.#model.id, ref, facts);
    this.#notify();
  }

  /** Removes messages that have arrived in the conversation. */
  #removeArrived(entries) {
    const refs = new Set(entries.filter(({ ref, member }) => ref && member?.id === this.#model.me?.id).map(({ ref }) => ref));
    if (refs.size === 0) return;
    for (const ref of refs) {
      this.#sent.delete(ref);
      storage.outbox.remove(this.#model.id, ref);
    }
    this.#notify();
  }

  /** Sends queued messages in order. */
  async run() {
    if (this.#busy) return void (this.#runAgain = true);
    this.#busy = true;
    try {
      do {
        this.#runAgain = false;
        await withLock(`parlor.outbox.${this.#model.id}`, () => this.#sendAll());
      } while (this.#runAgain && !this.#model.over);
    } finally {
      this.#busy = false;
    }
  }

  async #sendAll() {
    while (!this.#model.over) {
      const item = storage.outbox.get(this.#model.id).find(({ failed }) => !failed);
      if (!item || !(await this.#sendOne(item))) return;
    }
  }

  /** Sends one message; returns true if the next one may be tried. */
  async #sendOne(item) {
    try {
      if (item.tried && !(await this.#isMissing(item))) return true;
      this.#update(item.ref, { tried: true });
      const body = { text: item.text, client_ref: item.ref, ...(item.replyTo && { reply_to: item.replyTo }) };
      const message = await this.#model.call('POST', this.#model.path, { body, key: item.key, timeout: this.#timeout });
      this.#timeout = RESPONSE_TIMEOUT;
      if (message.seq > this.#model.log.last) this.#sent.set(item.ref, { ...item, state: 'sent' });
      this.discard(item.ref);
      return true;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      return this.#handleFailure(item, problem);
    }
  }

  /** Returns true if the conversation does not contain a message that may have arrived. */
  async #isMissing(item) {
    if (!this.#model.isCurrent) throw new Problem('offline');
    const found = await this.#model.log.findRefs([item.ref], item.after);
    if (found.has(item.ref)) this.discard(item.ref);
    return !found.has(item.ref);
  }

  async #handleFailure(item, problem) {
    if (problem.code === 'timeout') this.#timeout = Math.min(MAX_RESPONSE_TIMEOUT, 2 * this.#timeout);
    if (problem.isGone) {
      this.#model.end('gone');
      return false;
    }
    if (!problem.isTransient || problem.status === 500) {
      this.#update(item.ref, { failed: problem.userMessage });
      return true;
    }
    if (problem.status === 0 && !this.#model.isCurrent) return false;
    await pause(problem.retryAfter ?? 2_000);
    return true;
  }
}
