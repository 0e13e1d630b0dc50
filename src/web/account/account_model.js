// The model of the signed-in account: what the server knows of it, and the stream of its changes.

import { call, callWithRetry } from '../lib/api.js';
import { followAccount } from '../lib/account_events.js';
import * as session from '../lib/session.js';

/** The events of the stream after which lists of people are read anew. */
const PEOPLE_EVENTS = new Set(['state', 'friend_request', 'friendship']);

/** Emits `me` (profile and settings), `people` (friends, requests, blocks), `presence` (`{username, online, last_seen_at}`), `sessions`. */
export class AccountModel extends EventTarget {
  me = null;
  #lifetime = new AbortController();

  emit(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  on(type, listener) {
    this.addEventListener(type, ({ detail }) => listener(detail));
  }

  /** Calls the API as the account. */
  call(method, path, options = {}) {
    return call(method, path, { credential: session.credential, ...options });
  }

  /** Reads with retries. */
  read(path, options = {}) {
    return callWithRetry('GET', path, { credential: session.credential, ...options });
  }

  /** Reads all pages of a list. */
  async list(path) {
    const items = [];
    for (let cursor = ''; ;) {
      const page = await this.read(`${path}${path.includes('?') ? '&' : '?'}limit=200${cursor}`, { tries: 3 });
      items.push(...page.items);
      if (!page.has_more) return items;
      cursor = `&cursor=${encodeURIComponent(page.cursor)}`;
    }
  }

  /** Loads the account. */
  async load(onRetry) {
    this.update(await this.read('/v1/me', { onRetry }));
  }

  /** Takes the account as the server has returned it. */
  update(me) {
    this.me = me;
    session.rename(me);
    this.emit('me');
  }

  /** Changes fields of the account. */
  async change(body) {
    this.update(await this.call('PATCH', '/v1/me', { body }));
  }

  /** Follows the stream of the account. */
  follow() {
    followAccount((event, data) => this.#handleEvent(event, data), this.#lifetime.signal);
  }

  stop() {
    this.#lifetime.abort();
  }

  #handleEvent(event, data) {
    if (event === 'me_updated' || event === 'state') this.update(data.me);
    if (event === 'friend_presence') this.emit('presence', data);
    if (PEOPLE_EVENTS.has(event)) this.emit('people');
  }
}
