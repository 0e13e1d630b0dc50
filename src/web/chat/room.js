// A chat as this page knows it: read once, then followed. Everything shown about it comes from here.

import { call, chatPath, now, persistently } from '../api.js';
import { Stream } from '../stream.js';
import { Door } from './door.js';
import { entryOf } from './entry.js';
import { Log } from './log.js';

/** Why a member is no longer one, by the reason of `member_left`. */
const PARTED = { left: 'left', removed: 'removed', evicted: 'removed' };

/**
 * Tells its listeners: `read` (the log, anew), `added` and `older` (entries of it), `chat` (title, lifetime, admission), `members`,
 * `knocks`, `knocked`, `links`, `connection`, `ended`.
 */
export class Room extends EventTarget {
  chat = null;
  me = null;
  members = new Map();
  connection = 'connecting';
  over = false;
  #stream = null;
  #head = 0;
  #news = 0;
  #fresh = [];
  /** Who is no longer a member: their numbers are never used again. */
  #left = new Set();

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

  /** Tells who listens; after the end, nothing more. */
  tell(type, detail = {}) {
    if (this.over && type !== 'ended') return;
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  on(type, listener) {
    this.addEventListener(type, ({ detail }) => listener(detail));
  }

  /** A call about this chat, as who we are in it; one that gets no answer casts doubt on the stream's connection as well. */
  call(method, path, options = {}) {
    return call(method, path, { credential: this.credential, ...options }).catch((problem) => {
      if (problem.code === 'timeout') this.#stream?.doubt();
      throw problem;
    });
  }

  /** The same, tried until something lasting answers. */
  read(path, options = {}) {
    return persistently('GET', path, { credential: this.credential, ...options });
  }

  /** Reads the chat, and follows it from then on. */
  async open(onRetry) {
    const { chat } = await this.log.newest(onRetry);
    if (this.over) return;
    this.me = chat.me;
    this.#knows(chat);
    this.#head = chat.head;
    this.tell('read');
    this.#follow(this.log.last);
    await this.#readMembers();
  }

  /** All items of a list, however many pages it has. */
  async list(path) {
    const items = [];
    for (let cursor = ''; ;) {
      const page = await this.read(`${path}${path.includes('?') ? '&' : '?'}limit=200${cursor}`);
      items.push(...page.items);
      if (!page.has_more) return items;
      cursor = `&cursor=${encodeURIComponent(page.cursor)}`;
    }
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
    this.door.restarts();
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
        if (state === 'connected') this.#stands(state);
        return over;
      },
      changed: (changed, problem) => {
        state = changed;
        this.#stands(state, problem);
      },
      ended: (problem) => this.ends(problem ? 'gone' : 'closed'),
    });
    this.#stream.follow();
  }

  #stands(state, problem = null) {
    const stands = state === 'connected' && this.log.last < this.#head ? 'behind' : state;
    if (stands === this.connection && !problem) return;
    this.connection = stands;
    this.tell('connection', { state: stands, problem });
  }

  #hears(event, data) {
    if (this.over) return 'last';
    if (data.head) this.#head = Math.max(this.#head, data.head);
    if (event === 'hello') this.#greets(data);
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

  /** What is said from here on is news; what is behind it was missed, and with it perhaps how long the chat lives. */
  #greets({ head, door }) {
    this.#news = head;
    this.door.begins(door);
    if (head > this.log.last)
      this.read(`${this.path}?limit=1`, { tries: 3 }).then(
        ({ chat }) => this.#knows(chat),
        () => null,
      );
  }

  /** Not every entry says when it was: news is of now, the rest not earlier than what stands before it. */
  #adds(entry) {
    entry.known = entry.at ?? (entry.seq > this.#news ? now() : null);
    entry.at = entry.known ?? this.log.entries.at(-1)?.at ?? now();
    if (!this.log.append(entry)) return null;
    this.#head = Math.max(this.#head, entry.seq);
    if (this.#fresh.length === 0) queueMicrotask(() => this.tell('added', { entries: this.#fresh.splice(0) }));
    this.#fresh.push(entry);
    return this.#follows(entry);
  }

  /** What an entry changes about the chat; whether it is the last one for us. */
  #follows({ kind, member, chat, reason, known }) {
    if (kind === 'chat_updated') this.#knows(chat);
    if (known !== null && (kind === 'message' || kind === 'member_joined')) this.#lives(known);
    if (kind === 'member_joined') this.#changes(() => this.members.set(member.id, member));
    if (kind !== 'member_left') return null;
    this.#left.add(member.id);
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
    const members = await this.list(`${this.path}/members`).catch(() => []);
    for (const member of members) if (!this.#left.has(member.id)) this.members.set(member.id, member);
    this.tell('members');
  }

  /** The numbering began anew: nothing that was read holds any longer. */
  async #begins() {
    this.#stream.stop();
    this.door.restarts();
    this.members.clear();
    await this.open(() => {}).catch((problem) => problem.gone && this.ends('gone'));
  }
}
