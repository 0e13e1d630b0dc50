// An HTTP client of the API: prepares the state of a test, or acts as the other person in a chat.
import { setTimeout as pause } from 'node:timers/promises';

/** Calls the API by methods named for actions; throws with `problem` unless the status is 2xx. */
export class ApiClient {
  #origin;
  /** The author_id or client_id, once there is one. */
  credential = null;

  constructor(origin) {
    this.#origin = origin;
  }

  /** Opens a chat as its owner; returns `{chat_id, chat_url, page_url, author_id, chat}`. */
  async opens(body = {}) {
    const opened = await this.calls('POST', '/v1/chats', { name: 'Ana', ...body });
    this.credential = opened.author_id;
    return opened;
  }

  /** Creates a link into a chat; returns `{link_id, link_url, …}`. */
  makesLink({ chat_id }, body = {}) {
    return this.calls('POST', '/v1/links', { chat_url: chat_id, ...body });
  }

  /** Knocks at a link; returns the `exchange`, whose credential this client uses from then on. */
  async knocks({ link_id }, body = {}) {
    const exchange = await this.calls('POST', `/v1/links/${link_id}/knocks`, { name: 'Ben', ...body });
    this.credential = exchange.client_id;
    return exchange;
  }

  /** Withdraws a knock. */
  withdraws({ link_id }, { knock_id }) {
    return this.calls('DELETE', `/v1/links/${link_id}/knocks/${knock_id}`);
  }

  /** Admits the only knock of a link, or those that `body` names. */
  lets({ link_id }, body = {}) {
    return this.calls('POST', '/v1/approval', { link_url: link_id, ...body });
  }

  /** Declines the only knock of a link, or those that `body` names. */
  declines(link, body = {}) {
    return this.lets(link, { approve: false, ...body });
  }

  /** Posts a message; returns it. */
  writes({ chat_id }, text) {
    return this.calls('POST', `/v1/chats/${chat_id}`, { text });
  }

  /** Reads the chat with its messages. */
  reads({ chat_id }) {
    return this.calls('GET', `/v1/chats/${chat_id}`);
  }

  /** Changes title, admission, history or lifetime of a chat. */
  changes({ chat_id }, body) {
    return this.calls('PATCH', `/v1/chats/${chat_id}`, body);
  }

  /** Leaves a chat, or removes a member as its owner. */
  removes({ chat_id }, { id }) {
    return this.calls('DELETE', `/v1/chats/${chat_id}/members/${id}`);
  }

  /** Revokes a link. */
  revokes({ link_id }) {
    return this.calls('DELETE', `/v1/links/${link_id}`);
  }

  /** Closes a chat. */
  closes({ chat_id }) {
    return this.calls('DELETE', `/v1/chats/${chat_id}`);
  }

  /** Sends any request; returns its JSON, or null for an empty body. Retries while the server is overloaded. */
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
