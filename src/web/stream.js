// A stream of events, read with fetch so that the credential stands in a header: goes on where it was, as long as it may.

import { Events } from './sse.js';
import { pause, problemOf } from './api.js';

/** Heartbeats come every 15 s: who hears nothing for this long has lost the connection. */
const SILENCE = 40_000;
/** The same, for who has just come back and looks. */
const SILENCE_SEEN = 18_000;
const LONGEST = 15_000;

/**
 * Follows `path`. `heard(event, data)` gets every event; `changed(state, problem)` each of `connecting`, `connected`, `reconnecting`,
 * `offline`, with why; `ended(problem)` that there will be nothing more: null after the server's last word, else why it refuses.
 */
export class Stream {
  #stop = new AbortController();
  #attempt = null;
  #wake = null;
  #last = null;
  #alive = 0;
  #retry = 1_000;
  #failures = 0;
  #eager = false;
  #state = null;
  #problem = null;

  constructor(path, { credential, after, heard, changed, ended }) {
    Object.assign(this, { path, credential, after, heard, changed, ended });
  }

  /** Begins, and comes back when there is nothing more. */
  async follow() {
    const signal = this.#stop.signal;
    addEventListener('online', () => this.hurry(), { signal });
    addEventListener('offline', () => this.#changes('offline'), { signal });
    addEventListener('pageshow', () => this.#look(), { signal });
    document.addEventListener('visibilitychange', () => this.#look(), { signal });
    this.#changes('connecting');
    while (!signal.aborted) {
      const over = await this.#once();
      if (signal.aborted) return;
      if (over) return this.#finish(over.problem);
      this.#changes(navigator.onLine ? 'reconnecting' : 'offline', this.#problem);
      await this.#wait();
    }
  }

  /** Ends it, without a word. */
  stop() {
    this.#stop.abort();
    this.#attempt?.abort();
  }

  /** Tries now what would be tried later. */
  hurry() {
    this.#failures = 0;
    this.#eager = true;
    this.#wake?.abort();
    if (this.#state !== 'connected') this.#attempt?.abort();
  }

  #finish(problem) {
    this.stop();
    this.ended(problem);
  }

  #changes(state, problem = null) {
    if (state === this.#state && !problem) return;
    this.#state = state;
    this.changed(state, problem);
  }

  /** Whoever comes back after a sleep does not wait for the silence to become long. */
  #look() {
    if (document.hidden) return;
    if (this.#wake || Date.now() - this.#alive > SILENCE_SEEN) this.hurry();
    if (Date.now() - this.#alive > SILENCE_SEEN) this.#attempt?.abort();
  }

  async #wait() {
    const wake = (this.#wake = new AbortController());
    if (!this.#eager) await pause(this.#retry, AbortSignal.any([wake.signal, this.#stop.signal]));
    this.#eager = false;
    this.#wake = null;
  }

  /** A wait before the next attempt that grows with failures, and differs between readers. */
  #backOff(least = 1_000) {
    this.#retry = Math.min(LONGEST, least * 2 ** Math.min(this.#failures, 6)) * (0.25 + 0.75 * Math.random());
    this.#failures += 1;
  }

  /** One connection, up to its end: what it ended with, if there will be no other. */
  async #once() {
    const attempt = (this.#attempt = new AbortController());
    this.#alive = Date.now();
    this.#problem = null;
    const watch = setInterval(() => Date.now() - this.#alive > SILENCE && attempt.abort(), 5_000);
    try {
      const response = await this.#connect(attempt.signal);
      this.#alive = Date.now();
      if (response.status === 204) return { problem: null };
      if (!response.ok) return await this.#refused(response);
      return await this.#read(response.body.getReader());
    } catch {
      this.#backOff();
      return null;
    } finally {
      clearInterval(watch);
      attempt.abort();
    }
  }

  #connect(signal) {
    const headers = { accept: 'text/event-stream' };
    if (this.credential) headers.authorization = `Bearer ${this.credential}`;
    if (this.#last) headers['last-event-id'] = this.#last;
    const query = this.#last || this.after === undefined ? '' : `?after=${this.after}`;
    return fetch(this.path + query, { headers, signal, cache: 'no-store', credentials: 'omit', redirect: 'error' });
  }

  async #refused(response) {
    const problem = await problemOf(response);
    if (problem.gone || (problem.code !== 'unknown' && !problem.passing)) return { problem };
    this.#problem = problem;
    this.#backOff();
    if (problem.retryAfter) this.#retry = problem.retryAfter;
    return null;
  }

  async #read(reader) {
    const events = new Events();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      this.#alive = Date.now();
      for (const { event, id, data } of events.feed(value)) {
        if (this.#hears(event, JSON.parse(data), id)) return { problem: null };
      }
    }
    if (this.#failures > 0 || events.retry === null) this.#backOff();
    else this.#retry = events.retry * Math.random();
    return null;
  }

  /** Hands an event on; whether it was the last one. */
  #hears(event, data, id) {
    if (id) this.#last = id;
    this.#failures = 0;
    this.#eager = false;
    if (this.heard(event, data) === 'last') return true;
    this.#changes('connected');
    return false;
  }
}
