// The model of a chat: loaded once, then updated from the stream. All views render from it.

import { call, chatPath, now, callWithRetry } from '../lib/api.js';
import * as session from '../lib/session.js';
import { Stream } from '../lib/stream.js';
import { Door } from './door.js';
import { toEntry } from './entry.js';
import { EventLog } from './event_log.js';
import { Quotes } from './quotes.js';
import { Receipts } from './receipts.js';

/** How the chat ended for this member, by the reason of `member_left`. */
const END_BY_REASON = { left: 'left', removed: 'removed', evicted: 'removed' };

/**
 * Emits `read` (the log was reloaded), `added` and `older` (entries), `changed` (a message, by its number), `reply` and `edit` (an entry),
 * `receipts`, `typing`, `presence`, `muted`, `people` (friends, blocks), `chat` (title, lifetime, admission), `members`, `knocks`,
 * `knocked`, `links`, `connection`, `ended`.
 */
export class ChatModel extends EventTarget {
  chat = null;
  me = null;
  members = new Map();
  connection = 'connecting';
  over = false;
  /** Who types and who is online, as told last. */
  signals = { typing: null, presence: null };
  #stream = null;
  #lifetime = new AbortController();
  #head = 0;
  #firstNewSeq = 0;
  #added = [];
  /** Ids of former members; they are never reused. */
  #left = new Set();

  constructor(id, credential) {
    super();
    this.id = id;
    this.credential = credential;
    this.path = chatPath(id);
    this.log = new EventLog(this);
    this.door = new Door(this);
    this.quotes = new Quotes(this);
    this.receipts = new Receipts(this);
  }

  get owner() {
    return this.me?.role === 'owner';
  }

  /** Returns true if this member decides who comes in, and changes title and admission. */
  get admits() {
    return this.owner || this.me?.role === 'admin';
  }

  /** Returns true if this member may remove somebody, or their messages: owners all, admins those without an office. */
  mayRemove(member) {
    return this.owner || (this.me?.role === 'admin' && (!member || member.role === 'member'));
  }

  /** The title as shown; null for a link chat without one. */
  get title() {
    const { title, group, with: other } = this.chat;
    return title ?? group?.name ?? other?.name ?? null;
  }

  /** Is aborted when the page leaves the chat, whose views then stop listening. */
  get signal() {
    return this.#lifetime.signal;
  }

  /** Returns true if all entries up to now are loaded. */
  get isCurrent() {
    return this.connection === 'connected';
  }

  /** Returns true if an entry is a message that this member did not write, and that is still there. */
  isFromOthers({ message, member }) {
    return message !== null && !message.deleted && (!member || member.id !== this.me?.id);
  }

  /** Emits an event; after the end only `ended`. */
  emit(type, detail = {}) {
    if (this.signal.aborted || (this.over && type !== 'ended')) return;
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  on(type, listener) {
    this.addEventListener(type, ({ detail }) => listener(detail));
  }

  /** Calls the API with the credential of this chat; a timeout also checks the stream's connection. */
  call(method, path, options = {}) {
    return call(method, path, { credential: this.credential, ...options }).catch((problem) => {
      if (problem.code === 'timeout') this.#stream?.checkConnection();
      throw problem;
    });
  }

  /** Reads with retries. */
  read(path, options = {}) {
    return callWithRetry('GET', path, { credential: this.credential, ...options });
  }

  /** Loads the chat and follows its stream. */
  async open(onRetry) {
    const { chat } = await this.log.loadNewest(onRetry);
    if (this.over || this.signal.aborted) return;
    this.me = chat.me;
    this.#updateChat(chat);
    this.#head = chat.head;
    this.emit('read');
    this.#follow(this.log.last);
    await this.#readMembers();
  }

  /** Reads all pages of a list. */
  async list(path) {
    const items = [];
    for (let cursor = ''; ;) {
      const page = await this.read(`${path}${path.includes('?') ? '&' : '?'}limit=200${cursor}`);
      items.push(...page.items);
      if (!page.has_more) return items;
      cursor = `&cursor=${encodeURIComponent(page.cursor)}`;
    }
  }

  /** Makes the stream retry immediately. */
  retryNow() {
    this.#stream?.retryNow();
  }

  /** Ends the chat for this page: `closed`, `expired`, `left`, `removed`, `gone`, or `signed_out` for a reason. */
  end(why, reason = null) {
    if (this.over) return;
    this.over = true;
    this.#stream?.stop();
    this.door.reset();
    this.emit('ended', { why, reason });
  }

  /** Closes the page of the chat for another one: nothing is emitted any more. What is being sent is sent. */
  leave() {
    this.#stream?.stop();
    this.#lifetime.abort();
  }

  #follow(after) {
    this.#stream?.stop();
    const { path, credential } = this;
    let state = 'connecting';
    this.#stream = new Stream(`${path}/events`, {
      credential,
      after,
      onEvent: (event, data) => {
        const over = this.#handleEvent(event, data);
        if (state === 'connected') this.#setConnection(state);
        return over;
      },
      onState: (changed, problem) => {
        state = changed;
        this.#setConnection(state, problem);
      },
      onEnd: (problem) => this.end(problem ? 'gone' : 'closed'),
    });
    this.#stream.follow();
  }

  #setConnection(state, problem = null) {
    const shown = state === 'connected' && this.log.last < this.#head ? 'behind' : state;
    if (shown === this.connection && !problem) return;
    this.connection = shown;
    this.emit('connection', { state: shown, problem });
  }

  #handleEvent(event, data) {
    if (this.over) return 'last';
    if (data.head) this.#head = Math.max(this.#head, data.head);
    if (event === 'hello') this.#handleHello(data);
    if (event === 'signed_out') return this.#handleSignedOut(data.reason);
    if (event === 'reset') return this.#restart() && 'last';
    if (event === 'gap' && data.log === 'door') this.door.read();
    if (data.door !== undefined) this.door.handleEvent(event, data);
    if (event in this.signals) this.#handleSignal(event, data);
    if (event === 'receipt') this.receipts.handleEvent(data);
    if (event === 'chat_closed') return this.#handleClosed(data.reason);
    if (data.seq !== undefined) return this.#appendEntry(toEntry(event, data));
    return null;
  }

  #handleSignal(event, data) {
    this.signals[event] = data;
    this.emit(event);
  }

  #handleClosed(reason) {
    this.end(reason);
    return 'last';
  }

  #handleSignedOut(reason) {
    session.end(reason);
    this.end('signed_out', reason);
    return 'last';
  }

  /** Handles `hello`: entries after its head are new; missed ones may have changed the lifetime, which is reloaded. */
  #handleHello({ head, door }) {
    this.#firstNewSeq = head;
    this.signals.typing = null;
    this.door.start(door);
    this.receipts.load();
    if (head > this.log.last)
      this.read(`${this.path}?limit=1`, { tries: 3 }).then(
        ({ chat }) => this.#updateChat(chat),
        () => null,
      );
  }

  /** Appends an entry. One without a time gets the current time if it is new, else that of the entry before it. */
  #appendEntry(entry) {
    entry.known = entry.at ?? (entry.seq > this.#firstNewSeq ? now() : null);
    entry.at = entry.known ?? this.log.entries.at(-1)?.at ?? now();
    if (!this.log.append(entry)) return null;
    this.#head = Math.max(this.#head, entry.seq);
    if (this.#added.length === 0) queueMicrotask(() => this.emit('added', { entries: this.#added.splice(0) }));
    this.#added.push(entry);
    return this.#applyEntry(entry);
  }

  /** Applies an entry to the chat; returns `last` if it ends the stream. */
  #applyEntry(entry) {
    const { kind, member, chat, reason, known } = entry;
    if (entry.change) this.#change(entry);
    if (kind === 'chat_updated') this.#updateChat(chat);
    if (known !== null && (kind === 'message' || kind === 'member_joined')) this.#extendLifetime(known);
    if (kind === 'member_updated') this.#updateMember(member);
    if (kind === 'member_joined') this.#updateMembers(() => this.members.set(member.id, member));
    if (kind !== 'member_left') return null;
    if (reason === 'deleted') for (const seq of this.log.erase(member)) this.emit('changed', { seq });
    this.#left.add(member.id);
    this.#updateMembers(() => this.members.delete(member.id));
    if (member.id !== this.me?.id) return null;
    this.end(END_BY_REASON[reason] ?? 'removed');
    return 'last';
  }

  /** Applies an edit, a deletion or a reaction to its message, which may be loaded, or quoted by one that is. */
  #change(entry) {
    if (this.log.change(entry) || this.quotes.apply(entry)) this.emit('changed', { seq: entry.target });
  }

  /** Applies a role or a name. Whose own role changes gets or loses the door. */
  #updateMember(member) {
    if (member.id === this.me?.id) this.#updateMe(member);
    if (this.chat.with && member.id !== this.me?.id) this.#updateChat({ with: { ...this.chat.with, name: member.name } });
    this.#updateMembers(() => this.members.set(member.id, member));
  }

  #updateMe(member) {
    const { admits } = this;
    this.me = { ...this.me, ...member };
    if (admits && !this.admits) {
      this.door.reset();
      for (const event of ['knocks', 'links']) this.emit(event);
    }
    this.emit('chat');
  }

  #updateMembers(change) {
    change();
    this.emit('members');
  }

  /** Resets the expiry: every message and admission renews the lifetime. */
  #extendLifetime(at) {
    if (this.chat.expires_in === null) return;
    this.chat = { ...this.chat, expires_at: new Date(at + this.chat.expires_in * 1_000).toISOString() };
  }

  #updateChat(chat) {
    this.chat = { ...this.chat, ...chat };
    this.emit('chat');
  }

  async #readMembers() {
    const members = await this.list(`${this.path}/members`).catch(() => []);
    for (const member of members) if (!this.#left.has(member.id)) this.members.set(member.id, member);
    this.emit('members');
  }

  /** Reloads everything after `reset`. */
  async #restart() {
    this.#stream.stop();
    this.door.reset();
    this.quotes.reset();
    this.members.clear();
    await this.open(() => {}).catch((problem) => problem.isGone && this.end('gone'));
  }
}
