// The people of the account: requests, friends, blocks; read anew whenever one of them changes.

/** Emits `people` through the account's model after each change. */
export class People {
  incoming = [];
  outgoing = [];
  friends = [];
  blocks = [];
  #model;

  constructor(model) {
    this.#model = model;
  }

  async load() {
    const requests = (direction) => this.#model.list(`/v1/friend-requests?direction=${direction}&status=pending`);
    const lists = [requests('incoming'), requests('outgoing'), this.#model.list('/v1/friends'), this.#model.list('/v1/blocks')];
    [this.incoming, this.outgoing, this.friends, this.blocks] = await Promise.all(lists);
  }

  /** Asks somebody to be a friend; returns the request. */
  ask(username) {
    return this.#change('POST', '/v1/friend-requests', { username });
  }

  /** Accepts or rejects a request. */
  answer({ id }, status) {
    return this.#change('PATCH', `/v1/friend-requests/${id}`, { status });
  }

  withdraw({ id }) {
    return this.#change('DELETE', `/v1/friend-requests/${id}`);
  }

  unfriend(username) {
    return this.#change('DELETE', `/v1/friends/${username}`);
  }

  block(username) {
    return this.#change('PUT', `/v1/blocks/${username}`);
  }

  unblock(username) {
    return this.#change('DELETE', `/v1/blocks/${username}`);
  }

  async #change(method, path, body) {
    const result = await this.#model.call(method, path, { body });
    this.#model.emit('people');
    return result;
  }
}
