// SSE client based on fetch, so that the credential is sent in a header; reconnects and resumes.

import { base } from './base.js';
import { EventParser } from './sse.js';
import { pause, problemOf, sendAs } from './api.js';
import { stopwatch } from './time.js';

/** Heartbeats arrive every 15 s: after this much silence a visible page considers the connection lost. */
const SILENCE_TIMEOUT = 18_000;
/** The same for a hidden page, whose timers are throttled. */
const SILENCE_TIMEOUT_HIDDEN = 40_000;
/** A page that becomes visible after more silence than this reconnects. */
const MAX_SILENCE_ON_RETURN = 5_000;
/** Timeouts for the first byte of an attempt, by the number of failures before it. */
const FIRST_BYTE_TIMEOUTS = [4_000, 6_000, 9_000, 12_000];
/**
 * After a silence, idle connections of the browser may be as dead as the one that fell silent. Up to this many requests are started
 * with a delay, each on another connection; the first response wins.
 */
const MAX_PARALLEL_REQUESTS = 6;
const PARALLEL_REQUEST_DELAY = 700;
/** First-byte timeout of such an attempt. */
const FIRST_BYTE_TIMEOUT_AFTER_SILENCE = 8_000;
/** How often silence is checked. */
const SILENCE_CHECK_INTERVAL = 500;
/** Delay before a reconnection that the page started itself is reported. */
const RECONNECT_GRACE = 1_000;
const MAX_RETRY_DELAY = 15_000;
const MIN_RETRY_DELAY = 250;

/**
 * Follows `path`. `onEvent(event, data)` receives every event; `onState(state, problem)` receives `connecting`, `connected`,
 * `reconnecting` or `offline`; `onEnd(problem)` is called when the stream is over: null after its last event, else the refusal.
 */
export class Stream {
  #stop = new AbortController();
  #attempt = null;
  #wake = null;
  #lastEventId = null;
  #silence = stopwatch();
  #received = false;
  #retryDelay = 1_000;
  #failures = 0;
  #retryImmediately = false;
  #state = null;
  #problem = null;
  #reconnecting = false;
  #afterSilence = false;
  /** True once a connection has fallen silent. */
  fellSilent = false;
  #lossTimer = null;

  constructor(path, { credential, after, onEvent, onState, onEnd }) {
    Object.assign(this, { path, credential, after, onEvent, onState, onEnd });
  }

  /** Connects and reconnects until the stream is over. */
  async follow() {
    const signal = this.#stop.signal;
    addEventListener('online', () => this.retryNow(), { signal });
    addEventListener('offline', () => this.#setState('offline'), { signal });
    addEventListener('pageshow', () => this.#onVisible(), { signal });
    for (const event of ['visibilitychange', 'resume']) document.addEventListener(event, () => this.#onVisible(), { signal });
    this.#setState('connecting');
    while (!signal.aborted) {
      const over = await this.#connectOnce();
      if (signal.aborted) return;
      if (over) return this.#finish(over.problem);
      this.#reportLoss();
      await this.#wait();
    }
  }

  /** Stops without calling `onEnd`. */
  stop() {
    this.#stop.abort();
    this.#attempt?.abort();
    clearTimeout(this.#lossTimer);
  }

  /** Retries immediately instead of waiting. */
  retryNow() {
    this.#failures = 0;
    this.#retryImmediately = true;
    this.#wake?.abort();
    if (this.#state !== 'connected') this.#attempt?.abort();
  }

  #finish(problem) {
    this.stop();
    this.onEnd(problem);
  }

  #setState(state, problem = null) {
    if (state === this.#state && !problem) return;
    this.#state = state;
    this.onState(state, problem);
  }

  /** Reports the loss of the connection; after a deliberate reconnection only if it takes long. */
  #reportLoss() {
    const report = () => this.#setState(navigator.onLine ? 'reconnecting' : 'offline', this.#problem);
    clearTimeout(this.#lossTimer);
    if (this.#reconnecting) this.#lossTimer = setTimeout(report, RECONNECT_GRACE);
    else report();
    this.#reconnecting = false;
  }

  /** Retries at once when the page becomes visible, and distrusts a connection that has been silent. */
  #onVisible() {
    if (document.hidden) return;
    if (this.#wake) return this.retryNow();
    if (this.#silence.elapsed <= MAX_SILENCE_ON_RETURN) return;
    this.#reconnecting = this.#state === 'connected';
    this.checkConnection();
  }

  /** Reconnects unless the connection has just received something: another call got no response. */
  checkConnection() {
    if (this.#wake || this.#silence.elapsed <= MAX_SILENCE_ON_RETURN) return;
    this.#failures = 0;
    this.#retryImmediately = true;
    this.#markSilent();
  }

  #markSilent() {
    this.fellSilent = this.#afterSilence = true;
    this.#attempt?.abort();
  }

  /** Aborts an attempt without a first byte in time, or a connection that has fallen silent. */
  #checkSilence(attempt, timeout) {
    const silence = document.hidden ? SILENCE_TIMEOUT_HIDDEN : SILENCE_TIMEOUT;
    if (this.#silence.elapsed <= (this.#received ? silence : timeout)) return;
    if (this.#received) this.#markSilent();
    else attempt.abort();
  }

  async #wait() {
    const wake = (this.#wake = new AbortController());
    if (!this.#retryImmediately) await pause(this.#retryDelay, AbortSignal.any([wake.signal, this.#stop.signal]));
    this.#retryImmediately = false;
    this.#wake = null;
  }

  /** Exponential back-off with jitter. */
  #backOff(least = 1_000) {
    this.#retryDelay = Math.min(MAX_RETRY_DELAY, least * 2 ** Math.min(this.#failures, 6)) * (0.25 + 0.75 * Math.random());
    this.#failures += 1;
  }

  /** Runs one connection to its end; returns how the stream ended, or null if it is to reconnect. */
  async #connectOnce() {
    const attempt = (this.#attempt = new AbortController());
    this.#silence.restart();
    this.#received = false;
    this.#problem = null;
    const requests = this.#afterSilence ? MAX_PARALLEL_REQUESTS : 1;
    const timeout = this.#afterSilence
      ? FIRST_BYTE_TIMEOUT_AFTER_SILENCE
      : FIRST_BYTE_TIMEOUTS[Math.min(this.#failures, FIRST_BYTE_TIMEOUTS.length - 1)];
    this.#afterSilence = false;
    const watch = setInterval(() => this.#checkSilence(attempt, timeout), SILENCE_CHECK_INTERVAL);
    try {
      const response = await firstResponse((signal) => this.#connect(signal), requests, attempt.signal);
      if (response.status === 204) return { problem: null };
      if (!response.ok) return await this.#handleRefusal(response);
      return await this.#read(response.body.getReader());
    } catch {
      this.#backOff();
      // The time spent waiting for the response counts towards the delay.
      if (!this.#received) this.#retryDelay = Math.max(MIN_RETRY_DELAY, this.#retryDelay - this.#silence.elapsed);
      return null;
    } finally {
      clearInterval(watch);
      attempt.abort();
    }
  }

  #connect(signal) {
    const headers = { accept: 'text/event-stream' };
    if (this.#lastEventId) headers['last-event-id'] = this.#lastEventId;
    const query = this.#lastEventId || this.after === undefined ? '' : `?after=${this.after}`;
    return sendAs(this.credential, (token) => {
      if (token) headers.authorization = `Bearer ${token}`;
      return fetch(base + this.path + query, { headers, signal, cache: 'no-store', credentials: 'omit', redirect: 'error' });
    });
  }

  async #handleRefusal(response) {
    const problem = await problemOf(response);
    if (problem.isGone || (problem.code !== 'unknown' && !problem.isTransient)) return { problem };
    this.#problem = problem;
    this.#backOff();
    if (problem.retryAfter) this.#retryDelay = problem.retryAfter;
    return null;
  }

  async #read(reader) {
    const events = new EventParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      this.#silence.restart();
      this.#received = true;
      for (const { event, id, data } of events.feed(value)) {
        if (this.#handleEvent(event, JSON.parse(data), id)) return { problem: null };
      }
    }
    if (this.#failures > 0 || events.retry === null) this.#backOff();
    else this.#retryDelay = events.retry * Math.random();
    return null;
  }

  /** Dispatches an event; returns true if it was the last one. */
  #handleEvent(event, data, id) {
    if (id) this.#lastEventId = id;
    this.#failures = 0;
    this.#retryImmediately = false;
    clearTimeout(this.#lossTimer);
    if (this.onEvent(event, data) === 'last') return true;
    this.#setState('connected');
    return false;
  }
}

/** Returns the first response of up to `limit` staggered requests, and aborts the others. */
async function firstResponse(request, limit, signal) {
  const attempts = [];
  let winner = null;
  const next = async () => {
    const attempt = new AbortController();
    attempts.push(attempt);
    const response = await request(AbortSignal.any([signal, attempt.signal]));
    winner ??= attempt;
    for (const other of attempts) if (other !== winner) other.abort();
    return response;
  };
  const requests = [next()];
  while (requests.length < limit) {
    const over = new AbortController();
    const any = Promise.any(requests).finally(() => over.abort());
    await Promise.race([any.catch(() => null), pause(PARALLEL_REQUEST_DELAY, AbortSignal.any([signal, over.signal]))]);
    if (over.signal.aborted || signal.aborted) break;
    requests.push(next());
  }
  return Promise.any(requests);
}
