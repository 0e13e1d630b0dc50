// Push notifications of this browser: one subscription of the browser, which each of its members, guests and its account give the server.

import { call, callWithRetry, pause, Problem } from './api.js';
import { base } from './base.js';
import { withLock } from './lock.js';
import * as session from './session.js';
import * as storage from './storage.js';

/** The path of all pages, to which the worker is limited. */
const SCOPE = `${base}/`;
const PATH = '/v1/push/subscriptions';
/** How long a browser may take to subscribe, in milliseconds; without its push service it never ends. */
const MAX_WAIT = 20_000;

/** Who is told: as the API names them, with what the browser keeps of their subscription (`{id, text, endpoint}`). */
export const member = (id) => ({
  whose: { chat_url: id },
  credential: storage.chat(id)?.credential,
  kept: () => storage.chat(id)?.push ?? null,
  keep: (push) => storage.updateChat(id, { push }),
});
export const guest = (link) => ({
  whose: { link_url: link },
  credential: storage.knock(link)?.client_id,
  kept: () => storage.knock(link)?.push ?? null,
  keep: (push) => storage.updateKnock(link, { push }),
});
export const account = { whose: {}, credential: session.credential, kept: storage.accountPush.get, keep: storage.accountPush.set };

/** Everybody of this browser who is told. */
function holders() {
  const members = storage.chats().map(([id]) => member(id));
  const guests = storage.knocks().map(([link]) => guest(link));
  return [...members, ...guests, account].filter((holder) => holder.kept() !== null);
}

const isIos = () => /iP(?:hone|ad|od)/.test(navigator.userAgent) || (navigator.platform === 'MacIntel' && navigator.maxTouchPoints > 1);
const isStandalone = () => navigator.standalone === true || matchMedia('(display-mode: standalone)').matches;

/** Why this browser cannot be told: `insecure`, `ios` (not from the home screen), `browser`, `shared`, or null if it can. */
export function obstacle() {
  if (!isSecureContext) return 'insecure';
  const isThere = 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis;
  if (!isThere) return isIos() && !isStandalone() ? 'ios' : 'browser';
  return storage.session.isShared() ? 'shared' : null;
}

/** The worker's registration, if there is one: not that of another page above Parlor on this origin. */
async function registered() {
  const found = await navigator.serviceWorker?.getRegistration(SCOPE);
  return found?.scope === new URL(SCOPE, location.href).href ? found : null;
}

const worker = `${SCOPE}service_worker.js`;
const policy = globalThis.trustedTypes?.createPolicy('parlor-worker', { createScriptURL: () => worker });

async function register() {
  const script = policy?.createScriptURL('') ?? worker;
  const registration = await navigator.serviceWorker.register(script, { scope: SCOPE, updateViaCache: 'none' });
  if (!registration.active) await navigator.serviceWorker.ready;
  return registration;
}

/** Decodes the server's key; older browsers take no text. */
const bytesOf = (key) => Uint8Array.from(atob(key.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));

const isSame = (buffer, bytes) => buffer?.byteLength === bytes.length && new Uint8Array(buffer).every((byte, at) => byte === bytes[at]);

/** The browser's subscription with the server's present key; with `anew`, a new one. */
async function subscription(anew = false) {
  const applicationServerKey = bytesOf((await call('GET', '/v1/push/key')).key);
  const { pushManager } = await register();
  const known = await pushManager.getSubscription();
  if (known && !anew && isSame(known.options.applicationServerKey, applicationServerKey)) return known;
  await known?.unsubscribe();
  return Promise.race([pushManager.subscribe({ userVisibleOnly: true, applicationServerKey }), tooLate()]).catch((fault) => {
    throw new Problem(fault.name === 'NotAllowedError' ? 'push_denied' : 'push_failed');
  });
}

/** Fails when a browser that does not reach its push service has waited for it long enough. */
const tooLate = () => pause(MAX_WAIT).then(() => Promise.reject(new Problem('timeout')));

/** Saves the browser's subscription for a holder, in place of the one that they had. */
async function save({ whose, credential, kept, keep }, browser, text) {
  const { endpoint, keys, expirationTime } = browser.toJSON();
  const body = { endpoint, keys, ...(expirationTime && { expirationTime }), ...whose, text };
  const { id } = await call('POST', PATH, { credential, body });
  const before = kept();
  keep({ id, text, endpoint });
  if (before && before.id !== id) await call('DELETE', `${PATH}/${before.id}`, { credential }).catch(() => null);
}

const LOCK = `parlor${base}.push`;

/**
 * Asks for the permission, which must happen at once upon a click, and subscribes. Throws a problem `push_denied` if there is none, and
 * `push_failed` if the browser's push service is not reached.
 */
export async function switchOn(holder, text) {
  if ((await Notification.requestPermission()) !== 'granted') throw new Problem('push_denied');
  await withLock(LOCK, async () => {
    const browser = await subscription();
    await save(holder, browser, text).catch(async (problem) => {
      if (problem.code !== 'endpoint_taken') throw problem;
      await save(holder, await subscription(true), text);
    });
  });
  await renew();
}

/** Ends the subscription of a holder. */
export async function switchOff(holder) {
  const { credential } = holder;
  await call('DELETE', `${PATH}/${holder.kept().id}`, { credential }).catch((problem) => problem.isGone || Promise.reject(problem));
  holder.keep(null);
  await release();
}

/** The subscriptions that the server has of a holder. One of this browser that it has not is forgotten: it was removed elsewhere. */
export async function subscriptions(holder) {
  const { whose, credential } = holder;
  const { items } = await callWithRetry('GET', `${PATH}?${new URLSearchParams({ ...whose, limit: 200 })}`, { credential });
  const kept = holder.kept();
  if (kept && !items.some(({ id }) => id === kept.id)) {
    holder.keep(null);
    await release();
  }
  return items;
}

/** Gives the server the browser's subscription for all who have another one there: the browser or the server may have made a new one. */
export async function renew() {
  if (!storage.usesPush() || obstacle() || Notification.permission !== 'granted') return;
  await withLock(LOCK, async () => {
    const browser = await subscription();
    for (const holder of holders()) {
      const { endpoint, text } = holder.kept();
      if (endpoint !== browser.endpoint) await save(holder, browser, text).catch(() => null);
    }
  }).catch(() => null);
}

/** Closes what is shown for those who are told no more; the browser's subscription and worker end with the last of them. */
export async function release() {
  const registration = await registered();
  if (!registration) return;
  if (storage.usesPush()) return closeNotifications(registration, ({ chat_id: id }) => !isTold(id));
  await closeNotifications(registration, () => true);
  await (await registration.pushManager?.getSubscription())?.unsubscribe();
  await registration.unregister();
}

/** Returns true if a notification of a chat, or of an account, may be shown here. An admitted guest does not know the chat yet. */
const isTold = (id) =>
  account.kept() !== null || Boolean(id && (storage.chat(id)?.push || storage.knocks().some(([, knock]) => knock.push && !knock.chat_id)));

/** Of which notifications this page shows what they are about, by their data. */
let isAboutThis = null;

/** Keeps the subscriptions of this browser true, and closes what is shown of this page whenever it is before the eyes. */
export function watch(isAbout) {
  if (isAboutThis) return;
  isAboutThis = isAbout;
  document.addEventListener('visibilitychange', closeSeen);
  closeSeen();
  renew();
}

async function closeSeen() {
  const registration = document.hidden ? null : await registered();
  if (registration) await closeNotifications(registration, isAboutThis);
}

async function closeNotifications(registration, isOver) {
  const shown = await registration.getNotifications();
  const over = shown.filter(({ data }) => isOver(data ?? {}));
  for (const notification of over) notification.close();
  const left = shown.filter((notification) => !over.includes(notification)).reduce((sum, { data }) => sum + (data?.unread ?? 1), 0);
  await (left > 0 ? navigator.setAppBadge?.(left) : navigator.clearAppBadge?.())?.catch(() => null);
}

navigator.serviceWorker?.addEventListener('message', ({ data }) => data === 'subscription_changed' && renew());
