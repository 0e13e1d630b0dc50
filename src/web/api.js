// Calls of the HTTP API: each gives the answer's JSON, or throws a Problem that can be shown.

import { words } from './words.js';
import { span } from './time.js';

/** How long an answer may take, unless a call says otherwise. */
const PATIENCE = 20_000;
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
  const late = AbortSignal.timeout(patience);
  const asked = Date.now();
  try {
    const response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, late]) : late,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    });
    setClock(response.headers, asked);
    return response;
  } catch {
    throw new Problem(late.aborted ? 'timeout' : 'offline');
  }
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
