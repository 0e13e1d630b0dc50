// Who is at the door, and which links lead there: what an owner knows.

import { now, pause, Problem } from '../api.js';

const FOREVER = Infinity;
/** So many knocks are decided by one call. */
const MOST = 256;
/** So often a decision about many is tried. */
const TRIES = 4;

export class Door {
  /** Pending knocks by their ids, in the order of their coming. */
  knocks = new Map();
  /** Links by their ids, the newest last. */
  links = new Map();
  #room;
  #decided = new Set();
  /** Up to here, what the stream tells is the past, which the lists hold already. */
  #past = FOREVER;
  #listed = false;
  /** Whom a list has told of before the stream does. */
  #told = new Set();

  constructor(room) {
    this.#room = room;
  }

  /** Links that can be knocked on. */
  live(time) {
    return [...this.links.values()].filter((link) => isLive(link, time)).reverse();
  }

  /** Links that cannot. */
  dead(time) {
    return [...this.links.values()].filter((link) => !isLive(link, time)).reverse();
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
    this.#listed = false;
    this.knocks.clear();
    this.links.clear();
  }

  /** Reads both lists. What happened meanwhile is known better than they know it. */
  async read() {
    const room = this.#room;
    const before = new Set(this.knocks.keys());
    const [knocks, links] = await Promise.all([room.list(`${room.path}/knocks?status=pending`), room.list(`${room.path}/links`)]).catch(
      () => [],
    );
    if (!links) return;
    this.#takes(knocks, before);
    for (const link of links) if (!this.links.get(link.link_id)?.revoked_at) this.links.set(link.link_id, link);
    room.tell('knocks');
    room.tell('links');
  }

  /** Takes a list of who waits, which was asked for when those of `before` were known; who came after it stands behind it. */
  #takes(knocks, before) {
    const known = this.knocks;
    const open = knocks.filter((knock) => !this.#decided.has(knock.knock_id));
    const listed = new Set(open.map((knock) => knock.knock_id));
    const later = [...known.values()].filter((knock) => !listed.has(knock.knock_id) && !before.has(knock.knock_id));
    this.knocks = new Map([...open, ...later].map((knock) => [knock.knock_id, knock]));
    const news = this.#listed ? open.filter((knock) => !known.has(knock.knock_id)) : [];
    this.#listed = true;
    for (const knock of news) {
      this.#told.add(knock.knock_id);
      this.#room.tell('knocked', { knock });
    }
  }

  /** Takes an entry of the door's log. */
  hears(event, { door, knock, knock_id: id, status, link }) {
    if (door <= this.#past) return;
    if (event === 'link_created' || event === 'link_revoked') this.#linked(link);
    if (event === 'knock_decided') this.#decides(id, status);
    if (event !== 'knock' || this.#decided.has(knock.knock_id)) return;
    if (knock.status === 'pending') {
      this.knocks.set(knock.knock_id, knock);
      this.#room.tell('knocks');
      if (!this.#told.delete(knock.knock_id)) this.#room.tell('knocked', { knock });
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

  #decides(id, status) {
    const known = this.knocks.get(id);
    this.#decided.add(id);
    if (!known) return;
    this.knocks.delete(id);
    if (status === 'approved') this.#admits(known.link_id);
    this.#room.tell('knocks');
  }

  /** Decides about knocks, as many as one call takes: all of them, or none. */
  async decide(knocks, { approve, reason }) {
    const body = { chat_url: this.#room.id, knock_ids: knocks.map((knock) => knock.knock_id), approve, ...(reason && { reason }) };
    await this.#room.call('POST', '/v1/approval', { body });
    for (const knock of knocks) this.#decides(knock.knock_id, approve ? 'approved' : 'declined');
  }

  /** Decides about any number of knocks; gives the problem where some of them stay undecided. */
  async decideAll(knocks, decision) {
    const fit = decision.approve ? this.#fitting(knocks) : knocks;
    let problem = fit.length < knocks.length ? new Problem('link_used_up', { status: 409 }) : null;
    for (let from = 0; from < fit.length; from += MOST)
      problem = (await this.#decidesPart(fit.slice(from, from + MOST), decision)) ?? problem;
    return problem;
  }

  /** Those of whom their links let in as many, the longest waiting first. */
  #fitting(knocks) {
    const left = new Map([...this.links].map(([id, link]) => [id, (link.max_uses ?? Infinity) - link.uses]));
    return knocks.toReversed().filter(({ link_id: id }) => {
      const places = left.get(id) ?? Infinity;
      left.set(id, places - 1);
      return places > 0;
    });
  }

  /** The same decision about the same knocks can be repeated; who no longer waits is left out. */
  async #decidesPart(part, decision) {
    for (let tries = 1; ; tries += 1) {
      const open = part.filter((knock) => this.knocks.has(knock.knock_id));
      if (open.length === 0 || this.#room.over) return null;
      try {
        await this.decide(open, decision);
        return null;
      } catch (problem) {
        const moved = problem.code === 'already_decided' || problem.gone;
        if (tries === TRIES || !(moved || problem.passing)) return problem;
        if (moved) await this.read();
        else await pause(problem.retryAfter ?? 1_000);
      }
    }
  }

  async make(body, key) {
    const link = await this.#room.call('POST', '/v1/links', { body: { chat_url: this.#room.id, ...body }, key });
    this.#linked(link);
    return link;
  }

  /** Ends a link; with `evict` also the membership of whom it let in. */
  async revoke(link, { evict }) {
    await this.#room.call('DELETE', `/v1/links/${link.link_id}${evict ? '?evict=true' : ''}`);
    if (!link.revoked_at) this.#linked({ ...link, revoked_at: new Date(now()).toISOString() });
  }
}

const usedUp = (link) => link.max_uses !== null && link.uses >= link.max_uses;
const isLive = (link, time) => link.revoked_at === null && Date.parse(link.expires_at) > time && !usedUp(link);
