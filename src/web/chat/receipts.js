// Receipts: how far the others have received and read, and how far this page tells them that it has.

import { pause } from '../lib/api.js';

/** Minimum time between two receipts that the page sends. */
const MIN_INTERVAL = 1_000;
/** Wait after a failure. */
const RETRY_DELAY = 10_000;

/** The later of two states of a member: an event may be ahead of the list. */
const latest = (listed, known) => (known && known.delivered >= listed.delivered && known.read >= listed.read ? known : listed);

/** Emits `receipts` on the model when those of others change. */
export class Receipts {
  #model;
  /** False where the server has none. */
  #available = false;
  /** Cursors of the others by member id: `{delivered, read}`; `read` is null for those who do not tell. */
  #others = new Map();
  /** The numbers at which members came in; messages before them were not for them. */
  #joined = new Map();
  /** What the server has of this member, and what it is to have. */
  #sent = { delivered: 0, read: 0 };
  #wanted = { delivered: 0, read: 0 };
  #sending = false;

  constructor(model) {
    this.#model = model;
    model.on('older', ({ entries }) => this.#noteJoins(entries));
    model.on('added', ({ entries }) => this.#onAdded(entries));
    model.on('connection', ({ state }) => state === 'connected' && this.report({}));
  }

  /** Reads all receipts: events that were missed are not repeated. */
  async load() {
    const { path, me, log } = this.#model;
    if (!me) return;
    const items = await this.#model.list(`${path}/receipts`).catch(() => null);
    this.#available = items !== null;
    if (!items) return;
    const others = items.filter(({ member }) => member.id !== me.id);
    this.#others = new Map(others.map(({ member: { id }, ...cursors }) => [id, latest(cursors, this.#others.get(id))]));
    const { delivered, read } = items.find(({ member }) => member.id === me.id) ?? { delivered: 0, read: 0 };
    this.#sent = { delivered, read: read ?? 0 };
    this.#noteJoins(log.entries);
    this.#model.emit('receipts');
    this.report({ delivered: log.entries.findLast((entry) => this.#model.isFromOthers(entry))?.seq });
  }

  /** Up to here everything is read by this member. */
  get read() {
    return Math.max(this.#sent.read, this.#wanted.read);
  }

  /** Applies an event of the stream. */
  handleEvent({ member_id: id, delivered, read }) {
    if (id === this.#model.me?.id) this.#sent = { delivered, read: read ?? this.#sent.read };
    else if (!this.#available || this.#others.has(id)) this.#others.set(id, { delivered, read });
    this.#model.emit('receipts');
  }

  /** How far an own message has come: `sent`, `delivered` or `read`, as all who were there when it was written. */
  statusOf(seq) {
    const recipients = [...this.#others].filter(([id]) => (this.#joined.get(id) ?? 0) < seq).map(([, cursors]) => cursors);
    if (recipients.length === 0 || recipients.some(({ delivered }) => delivered < seq)) return 'sent';
    const telling = recipients.filter(({ read }) => read !== null);
    return telling.length > 0 && telling.every(({ read }) => read >= seq) ? 'read' : 'delivered';
  }

  /** Tells the others how far messages have come to this page, or were read on it. */
  report({ delivered = 0, read = 0 }) {
    this.#wanted.read = Math.max(this.#wanted.read, read);
    this.#wanted.delivered = Math.max(this.#wanted.delivered, delivered, read);
    if (!this.#sending) this.#send();
  }

  /** Sends what has changed, once in the interval. */
  async #send() {
    this.#sending = true;
    while (this.#available && !this.#model.over && this.#model.isCurrent && this.#isBehind()) {
      const body = this.#wanted.read > this.#sent.read ? { ...this.#wanted } : { delivered: this.#wanted.delivered };
      const wait = await this.#model.call('PUT', `${this.#model.path}/receipt`, { body }).then(
        ({ delivered, read }) => this.#onSent({ delivered, read: read ?? body.read ?? 0 }),
        (problem) => this.#onFailure(problem),
      );
      await pause(wait);
    }
    this.#sending = false;
  }

  #isBehind() {
    return this.#wanted.read > this.#sent.read || this.#wanted.delivered > this.#sent.delivered;
  }

  #onSent(cursors) {
    this.#sent = cursors;
    return MIN_INTERVAL;
  }

  #onFailure(problem) {
    this.#available = problem.isTransient;
    return problem.retryAfter ?? RETRY_DELAY;
  }

  #noteJoins(entries) {
    for (const { kind, member, seq } of entries)
      if (kind === 'member_joined') this.#joined.set(member.id, Math.max(seq, this.#joined.get(member.id) ?? 0));
  }

  /** Follows who comes and leaves, and says that messages have arrived. */
  #onAdded(entries) {
    this.#noteJoins(entries);
    for (const { kind, member, seq } of entries) {
      if (kind === 'member_left') this.#others.delete(member.id);
      if (kind === 'member_joined' && member.id !== this.#model.me?.id) this.#others.set(member.id, { delivered: seq, read: seq });
    }
    const arrived = entries.findLast((entry) => this.#model.isFromOthers(entry));
    if (arrived) this.report({ delivered: arrived.seq });
  }
}
