// The chats of the signed-in account: read as a list, then kept up to date by the account's stream.

import { call, callWithRetry, pause } from '../lib/api.js';
import { followAccount } from '../lib/account_events.js';
import * as session from '../lib/session.js';

const PAGE_SIZE = 200;
/** Delay before the list is read again, so that several reasons make one request. */
const READ_DELAY = 500;

/** The title of a chat without its own, as the server gives it to items. */
const titleOf = ({ title, group, with: other }, known) => title ?? group?.name ?? other?.name ?? known;

const isFromOthers = (item, { member, kind }) => kind !== 'deleted' && member?.id !== item.me?.id;

export class AccountChats {
  /** Chat items of the API by id, with the ids of members who type as `typing`, and known names by member as `names`. */
  items = new Map();
  /** True once the list was read. */
  isRead = false;
  #changed;
  #signal;
  #reading = null;
  /** Events that arrived while the list was being read, which may have been made before them. */
  #since = [];

  /** Calls `changed` after each change, until `signal` is aborted. */
  constructor(changed, signal) {
    this.#changed = changed;
    this.#signal = signal;
    followAccount((event, data) => this.#onEvent(event, data), signal);
    this.read();
  }

  /** Reads the list again, soon. */
  readSoon() {
    this.#reading ??= pause(READ_DELAY, this.#signal).then(() => ((this.#reading = null), this.read()));
  }

  async read() {
    if (this.#signal.aborted) return;
    const reading = (this.#reading = this.#readAll().catch(() => null));
    const items = await reading;
    if (this.#reading !== reading || this.#signal.aborted) return;
    this.#reading = null;
    const since = this.#since.splice(0);
    if (!items) return;
    this.isRead = true;
    this.items = new Map(items.map((item) => [item.chat_id, this.#known(item)]));
    for (const [event, data] of since) this.#apply(event, data);
    this.#changed();
  }

  async #readAll() {
    const items = [];
    for (let cursor = ''; ;) {
      const path = `/v1/chats?limit=${PAGE_SIZE}${cursor}`;
      const page = await callWithRetry('GET', path, { credential: session.credential, signal: this.#signal });
      items.push(...page.items);
      if (!page.has_more) return items;
      cursor = `&cursor=${encodeURIComponent(page.cursor)}`;
    }
  }

  /** An item with what is known beside it. */
  #known(item) {
    const { typing = [], names = new Map() } = this.items.get(item.chat_id) ?? {};
    return { ...item, typing, names };
  }

  #onEvent(event, data) {
    if (event === 'state') return this.read();
    if (event === 'reset' || event === 'gap') return this.readSoon();
    if (this.#reading) this.#since.push([event, data]);
    if (this.#apply(event, data)) this.#changed();
    return null;
  }

  /** Applies an event; returns true if something is shown otherwise now. */
  #apply(event, data) {
    if (event === 'chat_added') return Boolean(this.items.set(data.chat.chat_id, this.#known({ last_message: null, ...data.chat })));
    if (event === 'chat_removed') return this.items.delete(data.chat_id);
    const item = this.items.get(data.chat_id);
    const apply = item && APPLIED[event];
    if (!apply || (data.seq !== undefined && data.seq <= item.head)) return false;
    if (data.seq !== undefined) item.head = data.seq;
    if (data.member?.name) item.names.set(data.member.id, data.member.name);
    if (apply(item, data) === 'unknown') this.readSoon();
    this.#nameTyping(item);
    return true;
  }

  /** Reads the names of members who type and have not been seen before. */
  async #nameTyping(item) {
    const unknown = item.typing.filter((id) => id !== item.me?.id && !item.names.has(id));
    if (unknown.length === 0 || item.named) return;
    item.named = true;
    const path = `/v1/chats/${item.chat_id}/members?limit=${PAGE_SIZE}`;
    const members = await call('GET', path, { credential: session.credential }).catch(() => ({ items: [] }));
    for (const { id, name } of members.items) item.names.set(id, name);
    this.#changed();
  }
}

/** What each event changes in its item; `unknown` means that only the server knows what it comes to. */
const APPLIED = {
  message(item, message) {
    item.last_message = message;
    item.updated_at = message.created_at;
    if (isFromOthers(item, message)) item.unread += 1;
  },
  message_edited(item, { target, message }) {
    if (item.last_message?.seq === target && message) item.last_message = message;
  },
  message_deleted(item, { target, message }) {
    if (item.last_message?.seq === target && message) item.last_message = message;
    return target > item.read && item.unread > 0 ? 'unknown' : null;
  },
  member_joined(item, { at }) {
    item.updated_at = at ?? item.updated_at;
  },
  member_left: (item, { reason }) => (reason === 'deleted' ? 'unknown' : null),
  chat_updated(item, { chat }) {
    Object.assign(item, chat, { title: titleOf(chat, item.title) });
  },
  member_updated(item, { member }) {
    if (member.id === item.me?.id) item.me = { ...item.me, ...member };
    else if (item.with) Object.assign(item, { with: { ...item.with, name: member.name }, title: member.name });
  },
  reaction: () => null,
  receipt(item, { member_id: id, read }) {
    if (id !== item.me?.id || item.unread === 0) return null;
    if (read === null || read < (item.last_message?.seq ?? 0)) return 'unknown';
    item.read = read;
    item.unread = 0;
    return null;
  },
  typing(item, { members }) {
    item.typing = members;
  },
  knock: (item, { knock }) => void (item.pending += knock.status === 'pending' ? 1 : 0),
  knock_decided: (item) => void (item.pending = Math.max(0, item.pending - 1)),
};
