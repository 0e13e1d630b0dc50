// The part of a conversation that was read so far: entries by their numbers, without holes.

import { joined } from './entry.js';

const PAGE = 50;

export class Log {
  entries = [];
  /** Whether there is more before the first entry. */
  more = false;
  #room;
  #reading = null;

  constructor(room) {
    this.#room = room;
  }

  get first() {
    return this.entries[0]?.seq ?? 0;
  }

  get last() {
    return this.entries.at(-1)?.seq ?? 0;
  }

  /** Takes an entry that came by the stream; whether it is new. */
  append(entry) {
    if (entry.seq <= this.last) return false;
    this.entries.push(entry);
    return true;
  }

  /** Reads the newest page, and with it the chat. What only one of the two answers knows is left to the stream, or to the page before. */
  async newest(onRetry) {
    const { path } = this.#room;
    const [page, activity] = await this.#both(`${path}?limit=${PAGE}`, `${path}/activity?limit=${PAGE}`, onRetry);
    const entries = joined(page.messages, activity.items).filter((entry) => entry.seq <= page.head);
    this.entries = entries.slice(
      Math.max(
        0,
        entries.findLastIndex((entry, i) => entry.seq !== entries[i - 1]?.seq + 1),
      ),
    );
    this.more = activity.has_more || this.entries.length < entries.length;
    return page;
  }

  /** Reads the page before the first entry; one at a time. */
  older() {
    this.#reading ??= this.#before(this.first).finally(() => (this.#reading = null));
    return this.#reading;
  }

  async #before(first) {
    const { path } = this.#room;
    const query = `before=${first}&limit=${PAGE}`;
    const [page, activity] = await this.#both(`${path}?${query}`, `${path}/activity?${query}`);
    if (this.first !== first) return;
    const entries = joined(page.messages, activity.items);
    this.entries.unshift(...entries);
    this.more = activity.has_more && entries.length > 0;
    this.#room.tell('older', { entries });
  }

  #both(messages, activity, onRetry) {
    const tries = onRetry ? Infinity : 2;
    return Promise.all([messages, activity].map((path) => this.#room.read(path, { onRetry, tries })));
  }

  /** Which of these names of sent messages stand in the conversation behind number `after`. */
  async holds(refs, after) {
    const wanted = new Set(refs);
    const found = new Set();
    for (let more = true, at = after; more;) {
      const page = await this.#room.read(`${this.#room.path}?after=${at}&limit=200`, { tries: 3 });
      for (const { client_ref: ref } of page.messages) if (wanted.has(ref)) found.add(ref);
      more = page.has_more && page.messages.length > 0;
      at = page.messages.at(-1)?.seq ?? at;
    }
    return found;
  }
}
