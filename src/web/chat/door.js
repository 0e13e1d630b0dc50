// Who is at the door, and which links lead there: what an owner knows.

const FOREVER = Infinity;

export class Door {
  /** Pending knocks by their ids, in the order of their coming. */
  knocks = new Map();
  /** Links by their ids, the newest last. */
  links = new Map();
  #room;
  #decided = new Set();
  /** Links that were taken back, which no list says. */
  #revoked = new Set();
  /** Up to here, what the stream tells is the past, which the lists hold already. */
  #past = FOREVER;

  constructor(room) {
    this.#room = room;
  }

  /** Pending knocks, the longest waiting first. */
  get waiting() {
    return [...this.knocks.values()];
  }

  /** Links that can be knocked on. */
  live(time) {
    return [...this.links.values()]
      .filter((link) => !this.#revoked.has(link.link_id) && Date.parse(link.expires_at) > time && !usedUp(link))
      .reverse();
  }

  /** Links that cannot. */
  dead(time) {
    const live = new Set(this.live(time));
    return [...this.links.values()].filter((link) => !live.has(link)).reverse();
  }

  /** The stream stands here. The first time, all up to here is read as lists; whatever comes later is news. */
  begins(door) {
    if (door === undefined || this.#past !== FOREVER) return;
    this.#past = door;
    this.read();
  }

  /** The door's numbering began anew. */
  restarts() {
    this.#past = FOREVER;
    this.knocks.clear();
    this.links.clear();
  }

  /** Reads both lists. What happened meanwhile is known better than they know it. */
  async read() {
    const room = this.#room;
    const before = [...this.knocks.keys()];
    const [knocks, links] = await Promise.all([room.list(`${room.path}/knocks?status=pending`), room.list(`${room.path}/links`)]).catch(
      () => [],
    );
    if (!links) return;
    const listed = new Set(knocks.map((knock) => knock.knock_id));
    for (const id of before) if (!listed.has(id)) this.knocks.delete(id);
    for (const knock of knocks) if (!this.#decided.has(knock.knock_id)) this.knocks.set(knock.knock_id, knock);
    for (const link of links) this.links.set(link.link_id, link);
    room.tell('knocks');
    room.tell('links');
  }

  /** Takes an entry of the door's log. */
  hears(event, { door, knock, knock_id: id, status, link }) {
    if (event === 'link_revoked') this.#revokes(link);
    if (door <= this.#past) return;
    if (event === 'link_created') this.#linked(link);
    if (event === 'knock_decided') this.#decides(id, status);
    if (event !== 'knock' || this.#decided.has(knock.knock_id)) return;
    if (knock.status === 'pending') {
      this.knocks.set(knock.knock_id, knock);
      this.#room.tell('knocks');
      this.#room.tell('knocked', { knock });
    } else {
      this.#admits(knock.link_id);
    }
  }

  /** A link that let somebody in is nearer to being used up. */
  #admits(id) {
    const link = this.links.get(id);
    if (link) this.#linked({ ...link, uses: link.uses + 1 });
  }

  #linked(link) {
    this.links.set(link.link_id, link);
    this.#room.tell('links');
  }

  #revokes(link) {
    this.#revoked.add(link.link_id);
    if (this.links.has(link.link_id)) this.#room.tell('links');
  }

  #decides(id, status) {
    const known = this.knocks.get(id);
    this.#decided.add(id);
    if (!known) return;
    this.knocks.delete(id);
    if (status === 'approved') this.#admits(known.link_id);
    this.#room.tell('knocks');
  }

  /** Decides about knocks on one link: all of `knocks`, or none. */
  async decide(knocks, { approve, reason }) {
    const body = { link_url: knocks[0].link_id, knock_ids: knocks.map((knock) => knock.knock_id), approve, ...(reason && { reason }) };
    await this.#room.call('POST', '/v1/approval', { body });
    for (const knock of knocks) this.#decides(knock.knock_id, approve ? 'approved' : 'declined');
  }

  async make(body, key) {
    const link = await this.#room.call('POST', '/v1/links', { body: { chat_url: this.#room.id, ...body }, key });
    this.#linked(link);
    return link;
  }

  /** Ends a link; with `evict` also the membership of whom it let in. */
  async revoke(link, { evict }) {
    await this.#room.call('DELETE', `/v1/links/${link.link_id}${evict ? '?evict=true' : ''}`);
    this.#revokes(link);
  }
}

const usedUp = (link) => link.max_uses !== null && link.uses >= link.max_uses;
