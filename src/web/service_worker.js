// The service worker: shows push notifications, and opens what they are about. It keeps nothing, and answers no requests.
//
// A classic script without imports, which every browser with push notifications runs; so its strings are here.

const strings = {
  parlor: 'Parlor',
  news: 'There is something new.',
  wrote: (name) => `${name} wrote`,
  wroteSome: (name, n) => `${name} wrote · ${n} not read`,
  said: (name, text) => `${name}: ${text}`,
  knocks: (name) => `${name} knocks`,
  approved: (name) => `${name} let you in`,
  friend: (username) => `@${username} asks to be your friend`,
};

/** The longest push that is read, in characters: a push service carries 4,096 bytes. */
const MAX_PUSH = 8_192;
/** The most characters of a name or title, and of a text, that are shown. */
const MAX_NAME = 120;
const MAX_TEXT = 200;
/** The largest number on the badge. */
const MAX_UNREAD = 9_999;
/** How long a notification of what somebody sees is shown, in ms: Chromium cannot close one that the desktop has not answered for. */
const SEEN_FOR = 1_000;

/** Characters that are invisible, break the line, or change the direction of what follows. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u2800\uFFFC]+/gu;

/** A text in one line of at most `max` characters; empty if it is none. */
function line(value, max) {
  if (typeof value !== 'string') return '';
  // Bounded before anything looks at each character; a character has at most two units.
  const shown = value
    .slice(0, 4 * max)
    .replace(INVISIBLE, ' ')
    .trim();
  return [...shown].slice(0, max).join('');
}

/** The id of a chat, or null. */
const chatId = (value) => (typeof value === 'string' && /^[\w-]{43}$/.test(value) ? value : null);

/** A number of unread messages, or null. */
const count = (value) => (Number.isInteger(value) && value > 0 ? Math.min(value, MAX_UNREAD) : null);

/** Parses what was pushed; an empty object if it is no object of JSON. */
function parsePush(text) {
  if (typeof text !== 'string' || text.length > MAX_PUSH) return {};
  try {
    const push = JSON.parse(text);
    return push !== null && typeof push === 'object' && !Array.isArray(push) ? push : {};
  } catch {
    return {};
  }
}

/** What a notification of each kind says; `from` is never empty. */
const BODIES = {
  message: (from, text, unread) => {
    if (text) return strings.said(from, text);
    return unread > 1 ? strings.wroteSome(from, unread) : strings.wrote(from);
  },
  knock: (from) => strings.knocks(from),
  approved: (from) => strings.approved(from),
  friend_request: (from) => strings.friend(from),
};

/** Turns a push into a notification: `{title, body, tag, data: {kind, chat_id, unread}}`. Whatever it was, there is one. */
function toNotification(text) {
  const push = parsePush(text);
  const kind = typeof push.kind === 'string' && Object.hasOwn(BODIES, push.kind) ? push.kind : null;
  const chat_id = kind === 'friend_request' ? null : chatId(push.chat_id);
  const [title, from, said] = [line(push.title, MAX_NAME), line(push.from, MAX_NAME), line(push.text, MAX_TEXT)];
  const isWhole = kind && from && (chat_id || kind === 'friend_request');
  if (!isWhole) return { title: strings.parlor, body: strings.news, tag: 'news', data: { kind: null, chat_id: null, unread: null } };
  const unread = count(push.unread);
  const data = { kind, chat_id, unread };
  return { title: title || strings.parlor, body: BODIES[kind](from, said, unread), tag: chat_id ?? `friend ${from}`, data };
}

/** The path, below that of the worker, of the page that a notification is about. */
function pathOf(data) {
  if (data?.kind === 'friend_request') return 'account';
  const id = chatId(data?.chat_id);
  return id ? `c/${id}` : '';
}

/** The number for the badge: what is not read by what the notifications say. */
const badgeOf = (notifications) => notifications.reduce((sum, { data }) => sum + (count(data?.unread) ?? 1), 0);

/** The URL of a page of this worker. */
const urlOf = (path) => new URL(path, self.registration.scope).href;

/** The pages that show a URL, whatever their fragment. */
async function pagesAt(url) {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  return pages.filter((page) => page.url.split(/[?#]/)[0] === url);
}

const pause = (ms) =>
  new Promise((done) => {
    setTimeout(done, ms);
  });

/** Sets the badge to what the notifications say that are still shown. */
async function updateBadge() {
  const number = badgeOf(await self.registration.getNotifications());
  await (number > 0 ? self.navigator.setAppBadge?.(number) : self.navigator.clearAppBadge?.());
}

/** Shows a notification. Browsers require one for each push; who has the chat before their eyes loses it again, without a sound. */
async function show({ title, body, tag, data }) {
  const pages = data.chat_id ? await pagesAt(urlOf(pathOf(data))) : [];
  const isSeen = pages.some((page) => page.visibilityState === 'visible');
  const icon = urlOf('./web/-/icons/icon-192.png');
  const badge = urlOf('./web/-/icons/badge-96.png');
  await self.registration.showNotification(title, { body, tag, data, icon, badge, silent: isSeen, renotify: !isSeen });
  if (isSeen) {
    await pause(SEEN_FOR);
    for (const shown of await self.registration.getNotifications({ tag })) shown.close();
  }
  await updateBadge();
}

/** Shows the page that a notification is about: one that is open, else a new one. */
async function open(data) {
  const url = urlOf(pathOf(data));
  const [page] = await pagesAt(url);
  await (page ? page.focus() : self.clients.openWindow(url));
  await updateBadge();
}

/**
 * Subscribes again with the same key. The server learns of it from a page, which has the credentials: one that is open, or the next that
 * is opened.
 */
async function subscribeAgain({ oldSubscription, newSubscription }) {
  if (!newSubscription && oldSubscription) await self.registration.pushManager.subscribe(oldSubscription.options).catch(() => null);
  for (const page of await self.clients.matchAll({ type: 'window', includeUncontrolled: true })) page.postMessage('subscription_changed');
}

self.addEventListener('install', () => self.skipWaiting());

self.addEventListener('push', (event) => {
  let text = null;
  try {
    text = event.data?.text() ?? null;
  } catch {
    // A push whose content cannot be read is told of like an empty one.
  }
  event.waitUntil(show(toNotification(text)));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});

self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(subscribeAgain(event)));
