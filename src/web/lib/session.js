// The session of the signed-in account: keeps its tokens, refreshes them in one tab at a time, and follows other tabs.

import { base } from './base.js';
import { call, callWithRetry, Problem } from './api.js';
import { forgetSession } from './forget.js';
import { withLock } from './lock.js';
import * as storage from './storage.js';

/** Name of the lock and of the channel; separates several Parlors on one origin. */
const NAME = `parlor${base}.session`;
/** Timeout of one refresh, so that a lost response is asked for again before the server takes the repetition for theft (10 s). */
const REFRESH_TIMEOUT = 4_000;
/** How often a refresh without an answer is repeated. */
const REFRESH_RETRIES = 1;

const channel = new BroadcastChannel(NAME);
const events = new EventTarget();

/** The access token, which is kept in memory only; null until it is needed. */
let access = null;
/** The refresh under way in this tab. */
let refreshing = null;
/** The id of this tab's session. */
let current = storage.session.get()?.session_id ?? null;

/** The signed-in account as `{username, name}`; null if nobody is signed in. */
export function account() {
  const kept = storage.session.get();
  return kept && { username: kept.username, name: kept.name };
}

/** The id of this tab's session; null if nobody is signed in. */
export const id = () => current;

/** The session as a credential of calls and streams. */
export const credential = { token: async () => access ?? renew(null), renew };

/** The credential of a stored chat or knock: the session, or the one that was stored with it; null if there is none. */
export const credentialOf = (stored, secret) => (stored?.account ? credential : (stored?.[secret] ?? null));

/** Returns an access token other than `stale`. */
function renew(stale) {
  if (access && access !== stale) return access;
  refreshing ??= withLock(NAME, () => refresh(stale)).finally(() => (refreshing = null));
  return refreshing;
}

/** Exchanges the refresh token, unless another tab has done so meanwhile. */
async function refresh(stale) {
  if (access && access !== stale) return access;
  const kept = storage.session.get();
  if (kept?.session_id !== current || !kept) throw new Problem('signed_out', { status: 401 });
  const body = { refresh_token: kept.refresh_token };
  try {
    const tokens = await callWithRetry('POST', '/v1/sessions/refresh', { body, timeout: REFRESH_TIMEOUT, tries: REFRESH_RETRIES });
    if (storage.session.get()?.session_id !== current) throw new Problem('signed_out', { status: 401 });
    keep(tokens, storage.session.isShared());
    channel.postMessage({ type: 'refreshed', tokens });
    return access;
  } catch (problem) {
    if (problem.code === 'invalid_refresh_token') end('expired');
    throw problem;
  }
}

function keep({ access_token: token, refresh_token, session_id, me }, shared) {
  access = token;
  current = session_id;
  storage.session.set({ session_id, refresh_token, username: me.username, name: me.name }, { shared });
}

/** Signs in; on a `shared` device until the tab is closed. */
export async function signIn({ username, password, device, shared }) {
  keep(await call('POST', '/v1/sessions', { body: { username, password, device } }), shared);
  if (!shared) channel.postMessage({ type: 'signed_in' });
}

/** Signs out, in this browser even if the server is not reached. */
export async function signOut() {
  await call('DELETE', '/v1/sessions/current', { credential }).catch(() => null);
  end('ended');
}

/** Forgets the session and all that belongs to it: it has ended. `reason` is the one of `signed_out`. */
export function end(reason) {
  const ended = current;
  if (!ended) return;
  forget(reason);
  channel.postMessage({ type: 'ended', session_id: ended, reason });
}

function forget(reason) {
  if (storage.session.get()?.session_id === current) forgetSession();
  access = current = null;
  events.dispatchEvent(new CustomEvent('ended', { detail: reason }));
}

/** Updates the account's name. */
export function rename({ name }) {
  const kept = storage.session.get();
  if (kept) storage.session.set({ ...kept, name }, { shared: storage.session.isShared() });
}

/** Calls `listener(reason)` when the session ends, here or in another tab. */
export const onEnd = (listener) => events.addEventListener('ended', ({ detail }) => listener(detail));

/** Calls `listener` when somebody signs in in another tab. */
export const onSignIn = (listener) => events.addEventListener('signed_in', () => listener());

/** Takes the tokens that another tab got, which a copy of this tab's session storage does not have. */
function adopt(tokens) {
  if (tokens.session_id !== current) return;
  if (storage.session.isShared()) keep(tokens, true);
  else access = tokens.access_token;
}

channel.onmessage = ({ data }) => {
  if (data.type === 'refreshed') adopt(data.tokens);
  if (data.type === 'ended' && data.session_id === current) forget(data.reason);
  if (data.type !== 'signed_in' || current) return;
  current = storage.session.get()?.session_id ?? null;
  events.dispatchEvent(new CustomEvent('signed_in'));
};
