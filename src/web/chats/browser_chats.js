// The chats of this browser without an account, and knocks that wait: read now and then, since they have no common stream.

import { call, chatPath, linkPath, pause, Problem } from '../lib/api.js';
import { forgetChat, forgetKnock } from '../lib/forget.js';
import * as session from '../lib/session.js';
import * as storage from '../lib/storage.js';
import { every } from '../lib/time.js';

const READ_INTERVAL = 60_000;
/** Messages that are read of a chat; of more unread ones only that there are so many is known. */
const PAGE_SIZE = 100;

const isUnread = (seen, me) => (message) => message.seq > seen && message.kind !== 'deleted' && message.member?.id !== me?.id;

export class BrowserChats {
  /** `{chat, last_message, unread, pending, ended, failed}` by id of the chat; empty before it was read. */
  items = new Map();
  /** How own knocks stand, by link. */
  knocks = new Map();
  /** The chat that the page shows, which knows itself what is in it. */
  observed = null;
  #changed;
  #signal;

  /** Calls `changed` after each change, until `signal` is aborted. */
  constructor(changed, signal) {
    this.#changed = changed;
    this.#signal = signal;
    every(READ_INTERVAL, () => document.hidden || this.read(), signal);
    document.addEventListener('visibilitychange', () => document.hidden || this.read(), { signal });
    storage.onChange((kind) => kind === 'chat' && this.#changed(), signal);
    // Whoever makes the list says first which chat is open.
    pause(0, signal).then(() => this.read());
  }

  /** Stored chats of no account, and those that were found to have ended. */
  all() {
    const stored = storage.chats().filter(([, { account }]) => !account);
    const ended = [...this.items].filter(([id, { ended }]) => ended && !storage.chat(id)).map(([id, { facts }]) => [id, facts]);
    return [...stored, ...ended];
  }

  /** Reads every chat and every knock. */
  async read() {
    const knocks = storage.knocks().filter(([, knock]) => !knock.chat_id);
    await Promise.all([...storage.chats().map((stored) => this.#readChat(stored)), ...knocks.map((stored) => this.#readKnock(stored))]);
  }

  /** Takes off the list what has ended. */
  forget(id) {
    this.items.delete(id);
    this.#changed();
  }

  /** Shows a chat as its open page knows it. */
  update(id, facts) {
    this.items.set(id, { ...this.items.get(id), ...facts });
    this.#changed();
  }

  /** Reads a chat again that the page no longer shows. */
  unobserve(id) {
    this.observed = null;
    const facts = storage.chat(id);
    if (facts) this.#readChat([id, facts]);
  }

  async #readChat([id, facts]) {
    if (facts.account || id === this.observed) return;
    const path = chatPath(id);
    const { credential } = facts;
    try {
      const { chat, messages } = await call('GET', `${path}?limit=${PAGE_SIZE}`, { credential, signal: this.#signal });
      storage.updateChat(id, { title: chat.title, expires_at: chat.expires_at });
      const { seen = 0 } = storage.chat(id) ?? {};
      const pending = chat.me?.role === 'owner' ? (await call('GET', `${path}/knocks?status=pending`, { credential })).items.length : 0;
      const unread = messages.filter(isUnread(seen, chat.me)).length;
      this.update(id, { chat, last_message: messages.at(-1) ?? null, unread, pending, failed: false });
    } catch (problem) {
      if (this.#signal.aborted) return;
      const isGone = problem instanceof Problem && problem.isGone;
      if (isGone) forgetChat(id);
      this.update(id, { failed: true, ended: isGone, facts });
    }
  }

  async #readKnock([link, knock]) {
    try {
      const { status } = await call('GET', linkPath(link), { credential: session.credentialOf(knock, 'client_id') });
      if (status === 'withdrawn') forgetKnock(link);
      this.knocks.set(link, status);
    } catch (problem) {
      if (problem.isGone) forgetKnock(link);
    }
    this.#changed();
  }
}
