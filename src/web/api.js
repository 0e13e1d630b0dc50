// Calls of the HTTP API: each gives the answer's JSON, or throws a Problem that can be shown.

import { base } from './base.js';
import { words } from './words.js';
import { span } from './time.js';

/** How long an answer may take to begin, unless a call says otherwise: a connection may be dead without a word. */
const PATIENCE = 10_000;
/** How long the rest of it may take. */
const REST = 60_000;
/** Answers that may be other ones a little later; 0 stands for none. */
const PASSING = new Set([0, 429, 500, 502, 503, 504]);
/** An answer that took longer than this does not tell what time it is. */
const PROMPT = 2_000;

/** What went wrong with a call: `code` as the server names it, `offline` and `timeout` where there was no answer. */
export class Problem extends Error {
  constructor(code, { status = 0, detail = '', field = null, retryAfter = null } = {}) {
    super(detail || code);
    Object.assign(this, { code, status, detail, field, retryAfter });
  }

  /** Whether Parlor itself says that there is nothing here for us; a proxy before it may say 404 for a while. */
  get gone() {
    return this.status === 404 && this.code === 'not_found';
  }

  /** Whether the same call may succeed later. */
  get passing() {
    return PASSING.has(this.status) || (this.status === 404 && !this.gone);
  }

  /** In a sentence. */
  get sentence() {
    const known = words.problems[this.code];
    if (!known) return this.detail ? words.problems.other(this.detail) : words.problems.unknown;
    return this.retryAfter > 5_000 ? `${known} ${words.problems.again(span(this.retryAfter))}` : known;
  }
}

/** How far the server's clock is ahead of this one, in milliseconds; small differences are none. */
let ahead = 0;

/** The server's time, as well as it is known. */
export const now = () => Date.now() + ahead;

function setClock(headers, asked) {
  const difference = Date.parse(headers.get('date') ?? '') - Date.now();
  if (Number.isFinite(difference) && Date.now() - asked < PROMPT) ahead = Math.abs(difference) > 2 * PROMPT ? difference : 0;
}

/** Where a chat, a link, stand in the API. */
export const chatPath = (id) => `/v1/chats/${encodeURIComponent(id)}`;
export const linkPath = (id) => `/v1/links/${encodeURIComponent(id)}`;

/** The id at the end of this page's address, without what no id has and somebody pasted behind it. */
export function idHere(length) {
  const last = location.pathname.split('/').filter(Boolean).at(-1) ?? '';
  return new RegExp(`^[\\w-]{${length}}(?![\\w-])`).exec(last)?.[0] ?? last;
}

/** A key for a call that creates, so that repeating it creates nothing twice: 144 bits. */
export function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}

/** Keys for one form: the same as long as the same is asked. */
export function keyring() {
  const keys = new Map();
  return (body) => {
    const asked = JSON.stringify(body);
    if (!keys.has(asked)) keys.set(asked, freshKey());
    return keys.get(asked);
  };
}

/** The problem that an answer is. */
export async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  const seconds = Number(response.headers.get('retry-after'));
  const retryAfter = body.retry_after_ms ?? (seconds > 0 ? seconds * 1_000 : null);
  return new Problem(body.code ?? 'unknown', { status: response.status, detail: body.detail, field: body.field, retryAfter });
}

/** The answer to a request, whatever it is; only that there is none is a problem. */
export async function ask(method, path, { credential, body, key, signal, patience = PATIENCE } = {}) {
  const headers = { accept: 'application/json' };
  if (credential) headers.authorization = `Bearer ${credential}`;
  if (key) headers['idempotency-key'] = key;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const late = new AbortController();
  const waits = (ms) => setTimeout(() => late.abort(), ms);
  const begins = waits(patience);
  const asked = Date.now();
  try {
    const response = await fetch(base + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    });
    setClock(response.headers, asked);
    waits(Math.max(patience, REST));
    return response;
  } catch {
    throw new Problem(late.signal.aborted ? 'timeout' : 'offline');
  } finally {
    clearTimeout(begins);
  }
}

/** Has the browser close connections that died without a word, before it takes one of them for the next page. */
export async function clears() {
  const asks = Array.from({ length: 6 }, () =>
    fetch(location.pathname, { method: 'HEAD', cache: 'no-store', signal: AbortSignal.timeout(1_500) }),
  );
  await Promise.allSettled(asks);
}

/** The JSON that answers a call; null where it has no body. */
export async function call(method, path, options) {
  const response = await ask(method, path, options);
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return null;
  return response.json().catch(() => {
    throw new Problem('offline');
  });
}

/** Waits, at most until `signal` is aborted. */
export const pause = (ms, signal) =>
  new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', () => (clearTimeout(timer), done()), { once: true });
  });

/** How long somebody's own call is made again where the server has too much to do. */
const BUSY = 60_000;
/** Answers that say so. */
const BUSY_STATUS = new Set([429, 503]);

/**
 * A call that repeats safely, made again while the server says that it has too much to do and when to come back; not beyond a minute, nor
 * once `signal` is aborted. `onBusy` is told each time.
 */
export async function whenFree(method, path, { onBusy, ...options } = {}) {
  const until = Date.now() + BUSY;
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

/** A call that changes nothing, or repeats safely, made until it is answered by something that lasts. */
export async function persistently(method, path, options = {}) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await call(method, path, options);
    } catch (problem) {
      if (!problem.passing || options.signal?.aborted || tries >= (options.tries ?? Infinity)) throw problem;
      options.onRetry?.(problem);
      await pause(problem.retryAfter ?? Math.min(10_000, 500 * 2 ** tries) * (0.5 + Math.random()), options.signal);
    }
  }
}
