// Browser storage: credentials until leaving, removal or expiry, drafts, unsent messages. Never what others wrote.

import { base } from './base.js';

/** Separates several Parlors on one origin. */
const PREFIX = `parlor${base}.`;

/** Key of the signed-in account's session. */
const SESSION = 'session';

/** Fallback where storage is forbidden: lasts while the page is open. */
const memory = new Map();

/** The storage areas, the one for new values first: on a shared device that is the tab's own, which has the session. */
const areas = () => (sessionStorage.getItem(PREFIX + SESSION) === null ? [localStorage] : [sessionStorage, localStorage]);

function read(key) {
  try {
    if (memory.has(key)) return JSON.parse(memory.get(key));
    const [own, other] = areas();
    return JSON.parse(own.getItem(PREFIX + key) ?? other?.getItem(PREFIX + key) ?? null);
  } catch {
    return null;
  }
}

function write(key, value, into = null) {
  const text = value === null ? null : JSON.stringify(value);
  try {
    if (text === null) for (const area of areas()) area.removeItem(PREFIX + key);
    else (into ?? areas()[0]).setItem(PREFIX + key, text);
    memory.delete(key);
  } catch {
    memory.set(key, text);
  }
}

function keys(kind) {
  const found = new Set([...memory].filter(([, text]) => text !== null).map(([key]) => key));
  try {
    for (const key of areas().flatMap((area) => Object.keys(area))) if (key.startsWith(PREFIX)) found.add(key.slice(PREFIX.length));
  } catch {
    // Storage is forbidden: only the fallback has entries.
  }
  return [...found].filter((key) => key.startsWith(`${kind}.`)).map((key) => key.slice(kind.length + 1));
}

/** Returns true if stored values survive navigation. */
export function isPersistent() {
  write('probe', 1);
  const stored = !memory.has('probe');
  write('probe', null);
  return stored;
}

/** The name that was used last, as a default. */
export const name = { get: () => read('name') ?? '', set: (value) => write('name', value) };

/** Notification settings of this device: `{sound, notify}`. */
export const notificationSettings = {
  get: () => ({ sound: true, notify: false, ...read('telling') }),
  set: (value) => write('telling', value),
};

/**
 * The session: `{session_id, refresh_token, username, name}`; null if nobody is signed in. With `shared`, it is kept until the tab is
 * closed, and so is everything that the tab stores afterwards.
 */
export const session = {
  get: () => read(SESSION),
  set: (value, { shared }) => write(SESSION, value, shared ? sessionStorage : localStorage),
  isShared: () => {
    try {
      return areas().length > 1;
    } catch {
      return false;
    }
  },
};

/** The push subscription of the signed-in account in this browser: `{id, text, endpoint}`; null without one. */
export const accountPush = { get: () => read('push'), set: (value) => write('push', value) };

/** Returns true if anybody is told by push notifications in this browser: the account, a member, a guest who waits. */
export const usesPush = () => accountPush.get() !== null || [...chats(), ...knocks()].some(([, stored]) => stored.push);

/** Ends the session, and deletes the chats and knocks of its account. */
export function forgetSession() {
  accountPush.set(null);
  for (const [id, { account }] of chats()) if (account) forgetChat(id);
  for (const [link, { account }] of knocks()) if (account) forgetKnock(link);
  if (!session.isShared()) return write(SESSION, null);
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
}

/**
 * A chat: `{credential, account, owner, title, seen, expires_at, opened_at, push}`; null if unknown. With `account`, the session is the
 * credential. `push` is the push subscription of a member, `{id, text, endpoint}`.
 */
export const chat = (id) => read(`chat.${id}`);

/** All known chats as `[id, chat]`, newest first. */
export const chats = () =>
  keys('chat')
    .map((id) => [id, chat(id)])
    .filter(([, stored]) => stored)
    .sort(([, a], [, b]) => b.opened_at - a.opened_at);

/** Merges fields into a stored chat, or stores a new one. */
export const saveChat = (id, facts) => write(`chat.${id}`, { opened_at: Date.now(), seen: 0, ...chat(id), ...facts });

/** Merges fields into a chat unless it has been forgotten. */
export const updateChat = (id, facts) => chat(id) && saveChat(id, facts);

/** Deletes a chat with everything that belongs to it. */
export function forgetChat(id) {
  for (const kind of ['chat', 'draft']) write(`${kind}.${id}`, null);
  for (const ref of keys(`outbox.${id}`)) outbox.remove(id, ref);
  for (const link of keys('link')) if (read(`link.${link}`) === id) write(`link.${link}`, null);
  for (const [link, knock] of knocks()) if (knock.chat_id === id) forgetKnock(link);
}

/** The id of the own chat that a link leads to; null for links of others. */
export const chatOfLink = (link) => read(`link.${link}`);
export const saveLink = (link, id) => write(`link.${link}`, id);

/** The own knock on a link: `{client_id, account, knock_id, code, name, since, chat_id, push}`. */
export const knock = (link) => read(`knock.${link}`);
export const saveKnock = (link, facts) => write(`knock.${link}`, { since: Date.now(), ...knock(link), ...facts });
/** Merges fields into a knock unless it has been forgotten. */
export const updateKnock = (link, facts) => knock(link) && saveKnock(link, facts);
export const forgetKnock = (link) => write(`knock.${link}`, null);
export const knocks = () =>
  keys('knock')
    .map((link) => [link, knock(link)])
    .filter(([, stored]) => stored);

/** The draft of a message. */
export const draft = { get: (id) => read(`draft.${id}`) ?? '', set: (id, text) => write(`draft.${id}`, text || null) };

/**
 * Unacknowledged messages: `{ref, text, replyTo, key, at, after, tried, failed}`, one storage key each, so that two tabs never
 * overwrite each other.
 */
export const outbox = {
  get: (id) =>
    keys(`outbox.${id}`)
      .map((ref) => read(`outbox.${id}.${ref}`))
      .filter(Boolean)
      .sort((a, b) => a.at - b.at),
  put: (id, item) => write(`outbox.${id}.${item.ref}`, item),
  /** Merges fields into an item unless it has been removed. */
  mark: (id, ref, facts) => {
    const item = read(`outbox.${id}.${ref}`);
    if (item) write(`outbox.${id}.${ref}`, { ...item, ...facts });
  },
  remove: (id, ref) => write(`outbox.${id}.${ref}`, null),
};

/** Calls `listener` with the parts of the key when another tab changes a value, until `signal` is aborted. */
export function onChange(listener, signal) {
  const onStorage = ({ key }) => key?.startsWith(PREFIX) && listener(...key.slice(PREFIX.length).split('.'));
  addEventListener('storage', onStorage, { signal });
}
