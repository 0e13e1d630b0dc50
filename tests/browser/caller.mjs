// Somebody who uses the API without a page: sets a scene, or is the other one whom a page talks with.
import { setTimeout as pause } from 'node:timers/promises';

/** One who calls the API, by methods named for what they do; whatever is not answered with 2xx throws, with its `problem`. */
export class Caller {
  #origin;
  /** An author_id or client_id, once there is one. */
  credential = null;

  constructor(origin) {
    this.#origin = origin;
  }

  /** Opens a chat and is its owner; `{chat_id, chat_url, page_url, author_id, chat}`. */
  async opens(body = {}) {
    const opened = await this.calls('POST', '/v1/chats', { name: 'Ana', ...body });
    this.credential = opened.author_id;
    return opened;
  }

  /** Makes a link into a chat; `{link_id, link_url, …}`. */
  makesLink({ chat_id }, body = {}) {
    return this.calls('POST', '/v1/links', { chat_url: chat_id, ...body });
  }

  /** Knocks at a link; the `exchange`, by which this caller is a guest from then on. */
  async knocks({ link_id }, body = {}) {
    const exchange = await this.calls('POST', `/v1/links/${link_id}/knocks`, { name: 'Ben', ...body });
    this.credential = exchange.client_id;
    return exchange;
  }

  /** Takes a knock back. */
  withdraws({ link_id }, { knock_id }) {
    return this.calls('DELETE', `/v1/links/${link_id}/knocks/${knock_id}`);
  }

  /** Lets in whoever knocked at a link, or those whom `body` names. */
  lets({ link_id }, body = {}) {
    return this.calls('POST', '/v1/approval', { link_url: link_id, ...body });
  }

  /** Declines whoever knocked at a link, or those whom `body` names. */
  declines(link, body = {}) {
    return this.lets(link, { approve: false, ...body });
  }

  /** Writes into a chat; the message. */
  writes({ chat_id }, text) {
    return this.calls('POST', `/v1/chats/${chat_id}`, { text });
  }

  /** The chat with its messages. */
  reads({ chat_id }) {
    return this.calls('GET', `/v1/chats/${chat_id}`);
  }

  /** Changes title, admission, history or lifetime of a chat. */
  changes({ chat_id }, body) {
    return this.calls('PATCH', `/v1/chats/${chat_id}`, body);
  }

  /** Leaves a chat, or as its owner removes somebody. */
  removes({ chat_id }, { id }) {
    return this.calls('DELETE', `/v1/chats/${chat_id}/members/${id}`);
  }

  /** Takes a link back. */
  revokes({ link_id }) {
    return this.calls('DELETE', `/v1/links/${link_id}`);
  }

  /** Closes a chat. */
  closes({ chat_id }) {
    return this.calls('DELETE', `/v1/chats/${chat_id}`);
  }

  /** Any call; its JSON, or null where nothing is answered. Where the server has too much to do just now, it is asked again. */
  async calls(method, path, body) {
    const headers = this.credential ? { authorization: `Bearer ${this.credential}` } : {};
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const response = await fetch(this.#origin + path, { method, headers, signal: AbortSignal.timeout(10_000), ...init });
    const text = await response.text();
    const json = text === '' ? null : JSON.parse(text);
    if (response.ok) return json;
    if (json?.code === 'overloaded') {
      await pause(json.retry_after_ms);
      return this.calls(method, path, body);
    }
    throw Object.assign(new Error(`${method} ${path}: ${response.status} ${text}`), { status: response.status, problem: json });
  }
}
