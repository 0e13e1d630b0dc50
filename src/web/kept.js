// What this browser keeps: credentials until leaving, removal or expiry, drafts, what is still to be sent. Nothing that others wrote.

import { base } from './base.js';

/** Two Parlors at one origin keep apart what they keep. */
const PREFIX = `parlor${base}.`;

/** Where storage is forbidden, the page keeps these for as long as it is open. */
const memory = new Map();

function read(key) {
  try {
    return JSON.parse(memory.get(key) ?? localStorage.getItem(PREFIX + key));
  } catch {
    return null;
  }
}

function write(key, value) {
  const text = value === null ? null : JSON.stringify(value);
  try {
    if (text === null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, text);
    memory.delete(key);
  } catch {
    memory.set(key, text);
  }
}

function keys(kind) {
  const found = new Set([...memory].filter(([, text]) => text !== null).map(([key]) => key));
  try {
    for (let i = 0; i < localStorage.length; i += 1) {
      const key = localStorage.key(i);
      if (key.startsWith(PREFIX)) found.add(key.slice(PREFIX.length));
    }
  } catch {
    // Storage is forbidden: what is in memory is all there is.
  }
  return [...found].filter((key) => key.startsWith(`${kind}.`)).map((key) => key.slice(kind.length + 1));
}

/** Whether what is kept is there on the next page as well. */
export function lasts() {
  write('probe', 1);
  const kept = !memory.has('probe');
  write('probe', null);
  return kept;
}

/** The name that was last used, to be offered the next time. */
export const name = { get: () => read('name') ?? '', set: (value) => write('name', value) };

/** How this device wants to be told: `{sound, notify}`. */
export const telling = { get: () => ({ sound: true, notify: false, ...read('telling') }), set: (value) => write('telling', value) };

/** A chat: `{credential, owner, title, seen, expires_at, opened_at}`; null for one that is not known here. */
export const chat = (id) => read(`chat.${id}`);

/** All chats that are known here, `[id, chat]`, the latest first. */
export const chats = () =>
  keys('chat')
    .map((id) => [id, chat(id)])
    .filter(([, kept]) => kept)
    .sort(([, a], [, b]) => b.opened_at - a.opened_at);

/** Keeps these facts of a chat beside those that are kept already. */
export const keepChat = (id, facts) => write(`chat.${id}`, { opened_at: Date.now(), seen: 0, ...chat(id), ...facts });

/** Changes facts of a chat, unless it has been forgotten meanwhile. */
export const updateChat = (id, facts) => chat(id) && keepChat(id, facts);

/** Forgets a chat, with all that belongs to it. */
export function forgetChat(id) {
  for (const kind of ['chat', 'draft']) write(`${kind}.${id}`, null);
  for (const ref of keys(`outbox.${id}`)) outbox.drop(id, ref);
  for (const link of keys('link')) if (read(`link.${link}`) === id) write(`link.${link}`, null);
  for (const [link, knock] of knocks()) if (knock.chat_id === id) forgetKnock(link);
}

/** Into which chat of ours a link leads; null for links that others made. */
export const linkTo = (link) => read(`link.${link}`);
export const keepLink = (link, id) => write(`link.${link}`, id);

/** A knock of ours on a link: `{client_id, knock_id, code, name, since, chat_id}`. */
export const knock = (link) => read(`knock.${link}`);
export const keepKnock = (link, facts) => write(`knock.${link}`, { since: Date.now(), ...knock(link), ...facts });
export const forgetKnock = (link) => write(`knock.${link}`, null);
export const knocks = () =>
  keys('knock')
    .map((link) => [link, knock(link)])
    .filter(([, kept]) => kept);

/** What was written and not yet sent off. */
export const draft = { get: (id) => read(`draft.${id}`) ?? '', set: (id, text) => write(`draft.${id}`, text || null) };

/**
 * What was sent off and not yet acknowledged: `{ref, text, key, at, after, tried, failed}`, each by itself, so that two tabs never
 * overwrite each other.
 */
export const outbox = {
  get: (id) =>
    keys(`outbox.${id}`)
      .map((ref) => read(`outbox.${id}.${ref}`))
      .filter(Boolean)
      .sort((a, b) => a.at - b.at),
  put: (id, item) => write(`outbox.${id}.${item.ref}`, item),
  /** Changes an item, unless it is no longer there. */
  mark: (id, ref, facts) => {
    const item = read(`outbox.${id}.${ref}`);
    if (item) write(`outbox.${id}.${ref}`, { ...item, ...facts });
  },
  drop: (id, ref) => write(`outbox.${id}.${ref}`, null),
};

/** Calls `listener` with the key's parts when another tab changed something. */
export function watch(listener) {
  addEventListener('storage', ({ key }) => {
    if (key?.startsWith(PREFIX)) listener(...key.slice(PREFIX.length).split('.'));
  });
}
