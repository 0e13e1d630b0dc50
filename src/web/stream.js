// A stream of events, read with fetch so that the credential stands in a header: goes on where it was, as long as it may.

import { base } from './base.js';
import { Events } from './sse.js';
import { pause, problemOf } from './api.js';
import { stopwatch } from './time.js';

/** Heartbeats come every 15 s: a page that is looked at and hears nothing for this long has lost the connection. */
const SILENCE = 18_000;
/** The same for a page that nobody looks at, whose timers are late. */
const SILENCE_HIDDEN = 40_000;
/** After a silence of this length, a page that is looked at again connects anew. */
const SILENCE_BACK = 5_000;
/** How long an attempt may take until its first byte, by how many failed before it. */
const ANSWER = [4_000, 6_000, 9_000, 12_000];
/**
 * After a silence, the connections that the browser keeps for later may be as dead as the one that fell silent. So many requests are made
 * then, one after another where there is no answer: each takes another connection, and the first answer counts.
 */
const REQUESTS = 6;
const NEXT_REQUEST = 700;
/** How long such an attempt may take. */
const ANSWER_DOUBTED = 8_000;
/** How often the silence is measured. */
const TICK = 500;
/** How long the page keeps quiet about a connection that it renews by itself. */
const RENEWAL = 1_000;
const LONGEST = 15_000;
const SHORTEST = 250;

/**
 * Follows `path`. `heard(event, data)` gets every event; `changed(state, problem)` each of `connecting`, `connected`, `reconnecting`,
 * `offline`, with why; `ended(problem)` that there will be nothing more: null after the server's last word, else why it refuses.
 */
export class Stream {
  #stop = new AbortController();
  #attempt = null;
  #wake = null;
  #last = null;
  #silence = stopwatch();
  #spoke = false;
  #retry = 1_000;
  #failures = 0;
  #eager = false;
  #state = null;
  #problem = null;
  #renews = false;
  #doubted = false;
  /** Whether a connection has fallen silent. */
  fellSilent = false;
  #loss = null;

  constructor(path, { credential, after, heard, changed, ended }) {
    Object.assign(this, { path, credential, after, heard, changed, ended });
  }

  /** Begins, and comes back when there is nothing more. */
  async follow() {
    const signal = this.#stop.signal;
    addEventListener('online', () => this.hurry(), { signal });
    addEventListener('offline', () => this.#changes('offline'), { signal });
    addEventListener('pageshow', () => this.#look(), { signal });
    for (const event of ['visibilitychange', 'resume']) document.addEventListener(event, () => this.#look(), { signal });
    this.#changes('connecting');
    while (!signal.aborted) {
      const over = await this.#once();
      if (signal.aborted) return;
      if (over) return this.#finish(over.problem);
      this.#loses();
      await this.#wait();
    }
  }

  /** Ends it, without a word. */
  stop() {
    this.#stop.abort();
    this.#attempt?.abort();
    clearTimeout(this.#loss);
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

  /** Says that the connection is lost; of one that is being renewed, only if that takes long. */
  #loses() {
    const says = () => this.#changes(navigator.onLine ? 'reconnecting' : 'offline', this.#problem);
    clearTimeout(this.#loss);
    if (this.#renews) this.#loss = setTimeout(says, RENEWAL);
    else says();
    this.#renews = false;
  }

  /** Whoever looks again neither waits for the next attempt nor trusts a connection that has been silent. */
  #look() {
    if (document.hidden) return;
    if (this.#wake) return this.hurry();
    if (this.#silence.elapsed <= SILENCE_BACK) return;
    this.#renews = this.#state === 'connected';
    this.doubt();
  }

  /** Connects anew, unless the connection has just spoken: something that was asked elsewhere got no answer. */
  doubt() {
    if (this.#wake || this.#silence.elapsed <= SILENCE_BACK) return;
    this.#failures = 0;
    this.#eager = true;
    this.#silent();
  }

  #silent() {
    this.fellSilent = this.#doubted = true;
    this.#attempt?.abort();
  }

  /** Gives an attempt up that does not begin to speak, or has become silent. */
  #listens(attempt, answer) {
    const silence = document.hidden ? SILENCE_HIDDEN : SILENCE;
    if (this.#silence.elapsed <= (this.#spoke ? silence : answer)) return;
    if (this.#spoke) this.#silent();
    else attempt.abort();
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
    this.#silence.restart();
    this.#spoke = false;
    this.#problem = null;
    const requests = this.#doubted ? REQUESTS : 1;
    const answer = this.#doubted ? ANSWER_DOUBTED : ANSWER[Math.min(this.#failures, ANSWER.length - 1)];
    this.#doubted = false;
    const watch = setInterval(() => this.#listens(attempt, answer), TICK);
    try {
      const response = await first((signal) => this.#connect(signal), requests, attempt.signal);
      if (response.status === 204) return { problem: null };
      if (!response.ok) return await this.#refused(response);
      return await this.#read(response.body.getReader());
    } catch {
      this.#backOff();
      // Waiting for an answer that did not come was waiting as well.
      if (!this.#spoke) this.#retry = Math.max(SHORTEST, this.#retry - this.#silence.elapsed);
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
    return fetch(base + this.path + query, { headers, signal, cache: 'no-store', credentials: 'omit', redirect: 'error' });
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
      this.#silence.restart();
      this.#spoke = true;
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
    clearTimeout(this.#loss);
    if (this.heard(event, data) === 'last') return true;
    this.#changes('connected');
    return false;
  }
}

/** The first answer of up to `most` requests, each made where those before it have none; the others are given up. */
async function first(request, most, signal) {
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
  while (requests.length < most) {
    const over = new AbortController();
    const any = Promise.any(requests).finally(() => over.abort());
    await Promise.race([any.catch(() => null), pause(NEXT_REQUEST, AbortSignal.any([signal, over.signal]))]);
    if (over.signal.aborted || signal.aborted) break;
    requests.push(next());
  }
  return Promise.any(requests);
}
