// What was sent off and is not acknowledged yet: in order, never lost, never twice.

import { freshKey, now, pause, Problem } from '../api.js';
import * as kept from '../kept.js';

/**
 * Messages wait in the browser's storage until the server has them. What may have arrived is not sent again before the conversation was looked
 * through for it; the same key makes a repetition harmless besides. One tab at a time sends.
 */
export class Outbox {
  #room;
  #changed;
  #busy = false;
  #again = false;
  #sent = new Map();

  constructor(room, changed) {
    this.#room = room;
    this.#changed = changed;
    room.on('read', () => this.#forgets(room.log.entries));
    room.on('added', ({ entries }) => this.#forgets(entries));
    room.on('connection', ({ state }) => state === 'connected' && this.run());
    kept.watch((kind, id) => kind === 'outbox' && id === room.id && (changed(), this.run()));
  }

  /** What is not in the conversation yet: `{ref, text, at, state: sending | waiting | sent | failed, reason}`. */
  get items() {
    const waiting = this.#room.connection !== 'connected';
    const open = kept.outbox.get(this.#room.id).map((item) => ({ ...item, state: item.failed ? 'failed' : waiting ? 'waiting' : 'sending', reason: item.failed }));
    return [...this.#sent.values(), ...open];
  }

  /** Takes a message over. */
  send(text) {
    const item = { ref: freshKey(), key: freshKey(), text, at: now(), after: this.#room.log.last, tried: false };
    this.#change((items) => [...items, item]);
    this.run();
  }

  /** Sends again what failed. */
  retry(ref) {
    this.#change((items) => items.map((item) => (item.ref === ref ? { ...item, failed: undefined } : item)));
    this.run();
  }

  discard(ref) {
    this.#change((items) => items.filter((item) => item.ref !== ref));
  }

  #change(change) {
    const { id } = this.#room;
    if (!kept.chat(id) && this.#room.credential) return;
    kept.outbox.set(id, change(kept.outbox.get(id)));
    this.#changed();
  }

  /** What stands in the conversation is no longer on its way. */
  #forgets(entries) {
    const refs = new Set(entries.filter(({ ref, member }) => ref && member?.id === this.#room.me?.id).map(({ ref }) => ref));
    if (refs.size === 0) return;
    for (const ref of refs) this.#sent.delete(ref);
    if (kept.outbox.get(this.#room.id).some((item) => refs.has(item.ref))) this.#change((items) => items.filter((item) => !refs.has(item.ref)));
    else this.#changed();
  }

  /** Sends what waits, in order. */
  async run() {
    if (this.#busy) return void (this.#again = true);
    this.#busy = true;
    do {
      this.#again = false;
      await alone(`parlor.outbox.${this.#room.id}`, () => this.#sendAll());
    } while (this.#again && !this.#room.over);
    this.#busy = false;
  }

  async #sendAll() {
    while (!this.#room.over) {
      const item = kept.outbox.get(this.#room.id).find(({ failed }) => !failed);
      if (!item || !(await this.#sendOne(item))) return;
    }
  }

  /** Whether the next one may be tried. */
  async #sendOne(item) {
    try {
      if (item.tried && !(await this.#missing(item))) return true;
      this.#mark(item, { tried: true });
      const body = { text: item.text, client_ref: item.ref };
      const message = await this.#room.call('POST', this.#room.path, { body, key: item.key });
      if (message.seq > this.#room.log.last) this.#sent.set(item.ref, { ...item, state: 'sent' });
      this.#change((items) => items.filter(({ ref }) => ref !== item.ref));
      return true;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      return this.#fails(item, problem);
    }
  }

  /** Whether a message that may have arrived did not, as far as the conversation shows. */
  async #missing(item) {
    if (!this.#room.current) throw new Problem('offline');
    const found = await this.#room.log.holds([item.ref], item.after);
    if (found.has(item.ref)) this.#change((items) => items.filter(({ ref }) => ref !== item.ref));
    return !found.has(item.ref);
  }

  async #fails(item, problem) {
    if (problem.status === 404) {
      this.#room.ends('gone');
      return false;
    }
    if (!problem.passing) {
      this.#mark(item, { failed: problem.sentence });
      return true;
    }
    if (problem.status === 0 && !this.#room.current) return false;
    await pause(problem.retryAfter ?? 2_000);
    return true;
  }

  #mark({ ref }, facts) {
    this.#change((items) => items.map((item) => (item.ref === ref ? { ...item, ...facts } : item)));
  }
}

/** Does something in one tab at a time, where the browser can tell. */
function alone(name, action) {
  return navigator.locks ? navigator.locks.request(name, action) : action();
}
