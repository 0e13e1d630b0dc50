// The loaded part of a conversation: consecutive entries, without gaps.

import { applyChange, eraseMember, mergeEntries, toMessage } from './entry.js';

const PAGE_SIZE = 50;

export class EventLog {
  entries = [];
  /** True if there are older entries. */
  more = false;
  #model;
  #reading = null;
  /** Messages that changed while a page was being read, which may have them as they were. */
  #stale = new Set();

  constructor(model) {
    this.#model = model;
  }

  get first() {
    return this.entries[0]?.seq ?? 0;
  }

  get last() {
    return this.entries.at(-1)?.seq ?? 0;
  }

  /** The entry with this number, if it is loaded. */
  find(seq) {
    return this.entries[seq - this.first];
  }

  /** Appends an entry of the stream; returns true if it is new. */
  append(entry) {
    if (entry.seq <= this.last) return false;
    this.entries.push(entry);
    return true;
  }

  /** Applies a change to its message; returns true if that is loaded and has changed. */
  change(entry) {
    if (this.#reading) this.#stale.add(entry.target);
    const target = this.find(entry.target);
    return Boolean(target?.message) && applyChange(target, entry);
  }

  /** Empties the messages of a member whose account was deleted, and takes back their reactions; returns the numbers of what changed. */
  erase({ id, name }) {
    const changed = this.entries.filter((entry) => entry.message && eraseMember(entry, id, name));
    return changed.map(({ seq }) => seq);
  }

  /** Reads a message anew, and once more if it changes meanwhile. */
  async #refresh(seq) {
    this.#stale.delete(seq);
    const entry = this.find(seq);
    for (let before = null; entry?.message && entry.message !== before;) {
      before = entry.message;
      const data = await this.#model.read(`${this.#model.path}/messages/${seq}`, { tries: 3 }).catch(() => null);
      if (!data || entry.message !== before) continue;
      entry.message = before = toMessage(data);
      this.#model.emit('changed', { seq });
    }
  }

  /** Loads the newest page and the chat. Entries that only one of the two responses has are left to the stream or the previous page. */
  async loadNewest(onRetry) {
    const { path } = this.#model;
    const [page, activity] = await this.#readBoth(`${path}?limit=${PAGE_SIZE}`, `${path}/activity?limit=${PAGE_SIZE}`, onRetry);
    const entries = mergeEntries(page.messages, activity.items).filter((entry) => entry.seq <= page.head);
    this.entries = entries.slice(
      Math.max(
        0,
        entries.findLastIndex((entry, i) => entry.seq !== entries[i - 1]?.seq + 1),
      ),
    );
    this.more = activity.has_more || this.entries.length < entries.length;
    return page;
  }

  /** Loads the page before the first entry; one request at a time. */
  loadOlder() {
    this.#reading ??= this.#before(this.first).finally(() => {
      this.#reading = null;
      for (const seq of this.#stale) this.#refresh(seq);
    });
    return this.#reading;
  }

  async #before(first) {
    const { path } = this.#model;
    const query = `before=${first}&limit=${PAGE_SIZE}`;
    const [page, activity] = await this.#readBoth(`${path}?${query}`, `${path}/activity?${query}`);
    if (this.first !== first) return;
    const entries = mergeEntries(page.messages, activity.items);
    this.entries.unshift(...entries);
    this.more = activity.has_more && entries.length > 0;
    this.#model.emit('older', { entries });
  }

  #readBoth(messages, activity, onRetry) {
    const tries = onRetry ? Infinity : 2;
    return Promise.all([messages, activity].map((path) => this.#model.read(path, { onRetry, tries })));
  }

  /** Returns those of the given client references that the conversation has after entry `after`. */
  async findRefs(refs, after) {
    const wanted = new Set(refs);
    const found = new Set();
    for (let more = true, at = after; more;) {
      const page = await this.#model.read(`${this.#model.path}?after=${at}&limit=200`, { tries: 3 });
      for (const { client_ref: ref } of page.messages) if (wanted.has(ref)) found.add(ref);
      more = page.has_more && page.messages.length > 0;
      at = page.messages.at(-1)?.seq ?? at;
    }
    return found;
  }
}
