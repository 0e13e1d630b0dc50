// All chats of this browser in one list: those of the account, those without one, and own knocks.

import { now } from '../lib/api.js';
import { forgetChat } from '../lib/forget.js';
import * as session from '../lib/session.js';
import * as storage from '../lib/storage.js';
import { displayName } from '../chat/member_view.js';
import { excerptOf } from '../chat/message_content.js';
import { toMessage } from '../chat/entry.js';
import { AccountChats } from './account_chats.js';
import { BrowserChats } from './browser_chats.js';

/** The last message as a row shows it: `{author, own, text, at}`. */
function wordsOf(message, me) {
  if (!message) return null;
  const own = Boolean(message.member) && message.member.id === me?.id;
  return { author: displayName(message.member), own, text: excerptOf(toMessage(message)), at: Date.parse(message.created_at) };
}

const timeOf = (text) => (text ? Date.parse(text) : 0);

/** A row of a chat of the account. */
function accountRow(item) {
  const typing = item.typing.filter((id) => id !== item.me?.id).map((id) => item.names.get(id) ?? displayName(null));
  return {
    id: item.chat_id,
    kind: item.kind,
    title: item.title,
    username: item.with?.username ?? null,
    words: wordsOf(item.last_message, item.me),
    at: timeOf(item.updated_at),
    unread: item.unread,
    pending: item.pending ?? 0,
    muted: item.muted,
    typing,
    expiresAt: timeOf(item.expires_at),
  };
}

/** A row of a chat without an account, as far as it is known. */
function browserRow([id, facts], item = {}) {
  const { chat = null, last_message: last = null, unread = 0, pending = 0, failed = false, ended = false, typing = [] } = item;
  const title = chat ? chat.title : facts.title;
  const words = wordsOf(last, chat?.me);
  const at = Math.max(words?.at ?? 0, facts.opened_at);
  const expiresAt = timeOf(chat?.expires_at ?? facts.expires_at);
  const own = chat ? chat.me?.role === 'owner' : facts.owner;
  return { id, kind: 'link', title, words, at, unread, pending, muted: false, typing, expiresAt, own, failed: failed && !ended, ended };
}

/** Emits `change`. */
export class ChatListModel extends EventTarget {
  /** The chat that the page shows. */
  current = null;
  #account = null;
  #browser;
  #lifetime = new AbortController();

  constructor() {
    super();
    const { signal } = this.#lifetime;
    const changed = () => this.dispatchEvent(new Event('change'));
    this.#browser = new BrowserChats(changed, signal);
    if (session.account()) this.#account = new AccountChats(changed, signal);
  }

  get signal() {
    return this.#lifetime.signal;
  }

  /** Stops reading and listening. */
  stop() {
    this.#lifetime.abort();
  }

  /** Rows of knocks without an answer. */
  get knocks() {
    const waiting = storage.knocks().filter(([, knock]) => !knock.chat_id);
    return waiting.map(([link, { name, since }]) => ({ link, name, at: since, status: this.#browser.knocks.get(link) ?? 'pending' }));
  }

  /** Rows of chats, those first in which something happened last. */
  get rows() {
    const time = now();
    const ofAccount = [...(this.#account?.items.values() ?? [])].map(accountRow);
    const known = new Set(ofAccount.map(({ id }) => id));
    const others = this.#browser.all().filter(([id]) => !known.has(id));
    const rows = [...ofAccount, ...others.map((stored) => browserRow(stored, this.#browser.items.get(stored[0])))];
    const isOver = ({ expiresAt, kind, ended }) => kind !== 'direct' && !ended && expiresAt > 0 && expiresAt <= time;
    return rows.filter((row) => !isOver(row) || row.id === this.current).sort((a, b) => b.at - a.at);
  }

  /** The id of the direct chat with somebody, if there is one. */
  chatWith(username) {
    return this.rows.find((row) => row.username === username)?.id ?? null;
  }

  /** True as soon as the list of the account was read. */
  get isComplete() {
    return !this.#account || this.#account.isRead;
  }

  /** Reads the account's list again: what the stream does not tell has changed. */
  read() {
    this.#account?.read();
  }

  /** Takes an ended chat off the list. */
  forget(id) {
    forgetChat(id);
    this.#browser.forget(id);
  }

  /** Shows what the page of an open chat without an account knows. */
  observe(chat) {
    chat.on('muted', () => this.read());
    if (chat.credential?.renew) return;
    const { id } = chat;
    this.#browser.observed = id;
    const onRead = () => this.#browser.update(id, { chat: { ...chat.chat, me: chat.me } });
    for (const event of ['read', 'chat']) chat.on(event, onRead);
    chat.on('seen', () => this.#browser.update(id, { unread: 0 }));
    chat.on('knocks', () => this.#browser.update(id, { pending: chat.door.knocks.size }));
    chat.on('typing', () => {
      const others = chat.signals.typing.members.filter((member) => member !== chat.me?.id);
      this.#browser.update(id, { typing: others.map((member) => displayName(chat.members.get(member))) });
    });
    for (const event of ['added', 'changed', 'read']) chat.on(event, () => this.#showLast(chat));
    chat.signal.addEventListener('abort', () => this.#browser.unobserve(id), { once: true });
    if (!chat.chat) return;
    onRead();
    this.#showLast(chat);
  }

  #showLast({ id, log }) {
    const entry = log.entries.findLast(({ message }) => message);
    if (!entry) return;
    const { member, message, at } = entry;
    const kind = message.deleted ? 'deleted' : message.image ? 'image' : message.video ? 'video' : 'text';
    const { text, image, video } = message;
    this.#browser.update(id, { last_message: { member, kind, text, image, video, created_at: new Date(at).toISOString() } });
  }
}
