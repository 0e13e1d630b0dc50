// What was sent off and is not acknowledged yet: in order, never lost, never twice.

import { freshKey, now, pause, Problem } from '../api.js';
import * as kept from '../kept.js';

/** How long a message may wait for its answer before it is looked for and sent again; longer after each time, for slow connections. */
const PATIENCE = 6_000;
const MOST_PATIENCE = 24_000;

/**
 * Messages wait in the browser's storage until the server has them. What may have arrived is not sent again before the conversation was
 * looked through for it; the same key makes a repetition harmless besides. One tab at a time sends.
 */
export class Outbox {
  #room;
  #changed;
  #busy = false;
  #again = false;
  #sent = new Map();
  #patience = PATIENCE;

  constructor(room, changed) {
    this.#room = room;
    this.#changed = changed;
    room.on('read', () => this.#forgets(room.log.entries));
    room.on('added', ({ entries }) => this.#forgets(entries));
    room.on('connection', ({ state }) => (changed(), state === 'connected' && this.run()));
    kept.watch((kind, id) => kind === 'outbox' && id === room.id && (changed(), this.run()));
  }

  /** What is not in the conversation yet: `{ref, text, at, state: sending | waiting | sent | failed, reason}`. */
  get items() {
    const waiting = this.#room.connection !== 'connected';
    const open = kept.outbox
      .get(this.#room.id)
      .map((item) => ({ ...item, state: item.failed ? 'failed' : waiting ? 'waiting' : 'sending', reason: item.failed }));
    return [...this.#sent.values(), ...open];
  }

  /** Takes a message over. */
  send(text) {
    const { id, log } = this.#room;
    const at = Math.max(now(), (kept.outbox.get(id).at(-1)?.at ?? 0) + 1);
    kept.outbox.put(id, { ref: freshKey(), key: freshKey(), text, at, after: log.last, tried: false });
    this.#changed();
    this.run();
  }

  /** Sends again what failed. */
  retry(ref) {
    this.#mark(ref, { failed: undefined });
    this.run();
  }

  /** Gives up a message. */
  discard(ref) {
    kept.outbox.drop(this.#room.id, ref);
    this.#changed();
  }

  #mark(ref, facts) {
    kept.outbox.mark(this.#room.id, ref, facts);
    this.#changed();
  }

  /** What stands in the conversation is no longer on its way. */
  #forgets(entries) {
    const refs = new Set(entries.filter(({ ref, member }) => ref && member?.id === this.#room.me?.id).map(({ ref }) => ref));
    if (refs.size === 0) return;
    for (const ref of refs) {
      this.#sent.delete(ref);
      kept.outbox.drop(this.#room.id, ref);
    }
    this.#changed();
  }

  /** Sends what waits, in order. */
  async run() {
    if (this.#busy) return void (this.#again = true);
    this.#busy = true;
    try {
      do {
        this.#again = false;
        await alone(`parlor.outbox.${this.#room.id}`, () => this.#sendAll());
      } while (this.#again && !this.#room.over);
    } finally {
      this.#busy = false;
    }
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
      this.#mark(item.ref, { tried: true });
      const body = { text: item.text, client_ref: item.ref };
      const message = await this.#room.call('POST', this.#room.path, { body, key: item.key, patience: this.#patience });
      this.#patience = PATIENCE;
      if (message.seq > this.#room.log.last) this.#sent.set(item.ref, { ...item, state: 'sent' });
      this.discard(item.ref);
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
    if (found.has(item.ref)) this.discard(item.ref);
    return !found.has(item.ref);
  }

  async #fails(item, problem) {
    if (problem.code === 'timeout') this.#patience = Math.min(MOST_PATIENCE, 2 * this.#patience);
    if (problem.gone) {
      this.#room.ends('gone');
      return false;
    }
    if (!problem.passing || problem.status === 500) {
      this.#mark(item.ref, { failed: problem.sentence });
      return true;
    }
    if (problem.status === 0 && !this.#room.current) return false;
    await pause(problem.retryAfter ?? 2_000);
    return true;
  }
}

/** Does something in one tab at a time, where the browser can tell. */
async function alone(name, action) {
  if (!navigator.locks) return action();
  let began = false;
  const begins = () => ((began = true), action());
  return navigator.locks.request(name, begins).catch((fault) => {
    if (began) throw fault;
    return action();
  });
}
