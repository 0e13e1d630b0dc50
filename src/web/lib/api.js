// HTTP client of the API: returns the JSON of a response or throws a Problem that can be shown.

import { base } from './base.js';
import { strings } from './strings.js';
import { span } from './time.js';

/** Default timeout for the response headers, in milliseconds: a connection may be dead without an error. */
const RESPONSE_TIMEOUT = 10_000;
/** Timeout for the rest of the response. */
const BODY_TIMEOUT = 60_000;
/** Statuses after which a retry may succeed; 0 means no response. */
const TRANSIENT_STATUS = new Set([0, 429, 500, 502, 503, 504]);
/** Statuses of responses without a body. */
const NO_BODY_STATUS = new Set([202, 204]);
/** A response that took longer than this is not used to estimate the server's clock. */
const MAX_ROUND_TRIP = 2_000;

/** A failed call: `code` is the server's problem code, or `offline` or `timeout` if there was no response. */
export class Problem extends Error {
  constructor(code, { status = 0, detail = '', field = null, retryAfter = null, usernames = null } = {}) {
    super(detail || code);
    Object.assign(this, { code, status, detail, field, retryAfter, usernames });
  }

  /** Returns true if Parlor itself answered 404; a proxy in front of it may do so temporarily. */
  get isGone() {
    return this.status === 404 && this.code === 'not_found';
  }

  /** Returns true if the same call may succeed later. */
  get isTransient() {
    return TRANSIENT_STATUS.has(this.status) || (this.status === 404 && !this.isGone);
  }

  /** The problem as a sentence for the user. */
  get userMessage() {
    const known = strings.problems[this.code];
    if (!known) return this.detail ? strings.problems.other(this.detail) : strings.problems.unknown;
    return this.retryAfter > 5_000 ? `${known} ${strings.problems.again(span(this.retryAfter))}` : known;
  }
}

/** Milliseconds by which the server's clock is ahead; small differences count as zero. */
let clockOffset = 0;

/** The estimated time on the server. */
export const now = () => Date.now() + clockOffset;

function updateClockOffset(headers, sentAt) {
  const difference = Date.parse(headers.get('date') ?? '') - Date.now();
  if (Number.isFinite(difference) && Date.now() - sentAt < MAX_ROUND_TRIP)
    clockOffset = Math.abs(difference) > 2 * MAX_ROUND_TRIP ? difference : 0;
}

/** Paths of a chat and of a link in the API. */
export const chatPath = (id) => `/v1/chats/${encodeURIComponent(id)}`;
export const linkPath = (id) => `/v1/links/${encodeURIComponent(id)}`;

/** The id at the end of the page's URL, without characters that were pasted behind it and that no id contains. */
export function idFromLocation(length) {
  const last = location.pathname.split('/').filter(Boolean).at(-1) ?? '';
  return new RegExp(`^[\\w-]{${length}}(?![\\w-])`).exec(last)?.[0] ?? last;
}

/** A random idempotency key of 144 bits. */
export function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}

/** Idempotency keys for one form: the same key for the same content. */
export function idempotencyKeys() {
  const keys = new Map();
  return (body) => {
    const content = JSON.stringify(body);
    if (!keys.has(content)) keys.set(content, randomKey());
    return keys.get(content);
  };
}

/** Converts an error response to a Problem. */
export async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  const seconds = Number(response.headers.get('retry-after'));
  const retryAfter = body.retry_after_ms ?? (seconds > 0 ? seconds * 1_000 : null);
  const { detail, field, usernames } = body;
  return new Problem(body.code ?? 'unknown', { status: response.status, detail, field, retryAfter, usernames });
}

/** Returns true if the access token of a request was not valid. */
const isInvalidToken = ({ status, headers }) => status === 401 && (headers.get('www-authenticate') ?? '').includes('"invalid_token"');

/**
 * Sends a request with a credential: a string, or a session with `token()` and `renew(stale)`. Of a session, an access token that is
 * not valid any more is renewed once.
 */
export async function sendAs(credential, send) {
  if (!credential?.renew) return send(credential);
  const token = await credential.token();
  const response = await send(token);
  return isInvalidToken(response) ? send(await credential.renew(token)) : response;
}

/** Sends a request and returns its response whatever the status; throws a Problem only if there is none. */
export function request(method, path, { credential, ...options } = {}) {
  return sendAs(credential, (token) => sendOnce(method, path, token, options));
}

async function sendOnce(method, path, credential, { body, key, signal, timeout = RESPONSE_TIMEOUT }) {
  const headers = { accept: 'application/json' };
  if (credential) headers.authorization = `Bearer ${credential}`;
  if (key) headers['idempotency-key'] = key;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const timeoutController = new AbortController();
  const abortAfter = (ms) => setTimeout(() => timeoutController.abort(), ms);
  const timer = abortAfter(timeout);
  const sentAt = Date.now();
  try {
    const response = await fetch(base + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, timeoutController.signal]) : timeoutController.signal,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    });
    updateClockOffset(response.headers, sentAt);
    abortAfter(Math.max(timeout, BODY_TIMEOUT));
    return response;
  } catch {
    throw new Problem(timeoutController.signal.aborted ? 'timeout' : 'offline');
  } finally {
    clearTimeout(timer);
  }
}

/** Makes the browser drop dead idle connections, before it uses one of them for the next page. */
export async function closeIdleConnections() {
  const requests = Array.from({ length: 6 }, () =>
    fetch(location.pathname, { method: 'HEAD', cache: 'no-store', signal: AbortSignal.timeout(1_500) }),
  );
  await Promise.allSettled(requests);
}

/** Sends a request and returns the JSON of the response; null if it has no body. */
export async function call(method, path, options) {
  const response = await request(method, path, options);
  if (!response.ok) throw await problemOf(response);
  if (NO_BODY_STATUS.has(response.status)) return null;
  return response.json().catch(() => {
    throw new Problem('offline');
  });
}

/** Waits, or returns early when `signal` is aborted. */
export const pause = (ms, signal) =>
  new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', () => (clearTimeout(timer), done()), { once: true });
  });

/** How long a call is retried while the server is overloaded. */
const MAX_BUSY_WAIT = 60_000;
/** Statuses of an overloaded server. */
const BUSY_STATUS = new Set([429, 503]);

/**
 * Retries an idempotent call while the server is overloaded and sends `Retry-After`, for at most a minute and until `signal` is aborted.
 * Calls `onBusy` before each retry.
 */
export async function callWhenFree(method, path, { onBusy, ...options } = {}) {
  const until = Date.now() + MAX_BUSY_WAIT;
  for (;;) {
    try {
      return await call(method, path, options);
    } catch (problem) {
      const wait = problem.retryAfter * (1 + 0.25 * Math.random());
      if (!BUSY_STATUS.has(problem.status) || !(wait > 0) || Date.now() + wait > until) throw problem;
      onBusy?.(problem);
      await pause(wait, options.signal);
      if (options.signal?.aborted) throw problem;
    }
  }
}

/** Retries a safe or idempotent call until it succeeds or fails permanently. */
export async function callWithRetry(method, path, options = {}) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await call(method, path, options);
    } catch (problem) {
      if (!problem.isTransient || options.signal?.aborted || tries >= (options.tries ?? Infinity)) throw problem;
      options.onRetry?.(problem);
      await pause(problem.retryAfter ?? Math.min(10_000, 500 * 2 ** tries) * (0.5 + Math.random()), options.signal);
    }
  }
}
