// A chat as this page knows it: read once, then followed. Everything shown about it comes from here.

import { call, chatPath, now, persistently } from '../api.js';
import { Stream } from '../stream.js';
import { Door } from './door.js';
import { entryOf } from './entry.js';
import { Log } from './log.js';

/** Why a member is no longer one, by the reason of `member_left`. */
const PARTED = { left: 'left', removed: 'removed', evicted: 'removed' };

/**
 * Tells its listeners: `read` (the log, anew), `added` and `older` (entries of it), `chat` (title, lifetime, admission), `members`, `knocks`,
 * `knocked`, `links`, `connection`, `ended`.
 */
export class Room extends EventTarget {
  chat = null;
  me = null;
  members = new Map();
  connection = 'connecting';
  over = false;
  #stream = null;
  #head = 0;
  #fresh = [];

  constructor(id, credential) {
    super();
    this.id = id;
    this.credential = credential;
    this.path = chatPath(id);
    this.log = new Log(this);
    this.door = new Door(this);
  }

  get owner() {
    return this.me?.role === 'owner';
  }

  /** Whether everything that was said up to now is known here. */
  get current() {
    return this.connection === 'connected';
  }

  tell(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  on(type, listener) {
    this.addEventListener(type, ({ detail }) => listener(detail));
  }

  /** A call about this chat, as who we are in it. */
  call(method, path, options = {}) {
    return call(method, path, { credential: this.credential, ...options });
  }

  /** The same, tried until something lasting answers. */
  read(path, options = {}) {
    return persistently('GET', path, { credential: this.credential, ...options });
  }

  /** Reads the chat, and follows it from then on. */
  async open(onRetry) {
    const { chat } = await this.log.newest(onRetry);
    this.me = chat.me;
    this.#knows(chat);
    this.#head = chat.head;
    this.tell('read');
    this.#follow(this.log.last);
    await this.#readMembers();
  }

  /** Tries now what the stream would try later. */
  hurry() {
    this.#stream?.hurry();
  }

  /** The chat, or our part in it, has come to an end: `closed`, `expired`, `left`, `removed`, `gone`. */
  ends(why) {
    if (this.over) return;
    this.over = true;
    this.#stream?.stop();
    this.tell('ended', { why });
  }

  #follow(after) {
    this.#stream?.stop();
    const { path, credential } = this;
    let state = 'connecting';
    this.#stream = new Stream(`${path}/events`, {
      credential,
      after,
      heard: (event, data) => {
        const over = this.#hears(event, data);
        this.#stands(state);
        return over;
      },
      changed: (changed) => this.#stands((state = changed)),
      ended: (problem) => this.ends(problem ? 'gone' : 'closed'),
    });
    this.#stream.follow();
  }

  #stands(state) {
    const stands = state === 'connected' && this.log.last < this.#head ? 'behind' : state;
    if (stands === this.connection) return;
    this.connection = stands;
    this.tell('connection', { state: stands });
  }

  #hears(event, data) {
    if (this.over) return 'last';
    if (data.head) this.#head = Math.max(this.#head, data.head);
    if (event === 'hello') this.door.begins(data.door);
    if (event === 'reset') return this.#begins() && 'last';
    if (event === 'gap' && data.log === 'door') this.door.read();
    if (data.door !== undefined) this.door.hears(event, data);
    if (event === 'chat_closed') return this.#closes(data.reason);
    if (data.seq !== undefined) return this.#adds(entryOf(event, data));
    return null;
  }

  #closes(reason) {
    this.ends(reason);
    return 'last';
  }

  #adds(entry) {
    if (!this.log.append(entry)) return null;
    this.#head = Math.max(this.#head, entry.seq);
    if (this.#fresh.length === 0) queueMicrotask(() => this.tell('added', { entries: this.#fresh.splice(0) }));
    this.#fresh.push(entry);
    return this.#follows(entry);
  }

  /** What an entry changes about the chat; whether it is the last one for us. */
  #follows({ kind, member, chat, reason, at }) {
    if (kind === 'chat_updated') this.#knows(chat);
    if (kind === 'message' || kind === 'member_joined') this.#lives(at ?? now());
    if (kind === 'member_joined') this.#changes(() => this.members.set(member.id, member));
    if (kind !== 'member_left') return null;
    this.#changes(() => this.members.delete(member.id));
    if (member.id !== this.me?.id) return null;
    this.ends(PARTED[reason] ?? 'removed');
    return 'last';
  }

  #changes(change) {
    change();
    this.tell('members');
  }

  /** Every message and admission gives the chat its whole lifetime again. */
  #lives(at) {
    this.chat = { ...this.chat, expires_at: new Date(at + this.chat.expires_in * 1_000).toISOString() };
  }

  #knows(chat) {
    this.chat = { ...this.chat, ...chat };
    this.tell('chat');
  }

  async #readMembers() {
    const { items } = await this.read(`${this.path}/members`).catch(() => ({ items: [] }));
    for (const member of items) this.members.set(member.id, member);
    this.tell('members');
  }

  /** The numbering began anew: nothing that was read holds any longer. */
  async #begins() {
    this.#stream.stop();
    this.door.restarts();
    await this.open(() => {}).catch(() => this.ends('gone'));
  }
}
