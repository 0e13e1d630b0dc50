// The door as the owner sees it: pending knocks and links.

import { now, pause, Problem } from '../lib/api.js';

const NOT_LISTED = Infinity;
/** Maximum number of knocks in one decision. */
const MAX_PER_CALL = 256;
/** Maximum number of attempts at a bulk decision. */
const MAX_TRIES = 4;

export class Door {
  /** Pending knocks by id, oldest first. */
  knocks = new Map();
  /** Links by id, newest last. */
  links = new Map();
  #model;
  #decidedIds = new Set();
  /** Entries up to this number are included in the lists. */
  #listedUpTo = NOT_LISTED;
  #listed = false;
  /** Knocks that a list announced before the stream. */
  #announced = new Set();

  constructor(model) {
    this.#model = model;
  }

  /** Links that work. */
  live(time) {
    return [...this.links.values()].filter((link) => isLive(link, time)).reverse();
  }

  /** Links that no longer work. */
  dead(time) {
    return [...this.links.values()].filter((link) => !isLive(link, time)).reverse();
  }

  /** Starts at the stream's position: reads the lists the first time, and applies later entries. */
  start(door) {
    if (door === undefined || this.#listedUpTo !== NOT_LISTED) return;
    this.#listedUpTo = door;
    this.read();
  }

  /** Forgets everything: the numbering of the door has restarted. */
  reset() {
    this.#listedUpTo = NOT_LISTED;
    this.#listed = false;
    this.knocks.clear();
    this.links.clear();
  }

  /** Reads both lists; entries that arrived meanwhile take precedence. */
  async read() {
    const model = this.#model;
    const before = new Set(this.knocks.keys());
    const [knocks, links] = await Promise.all([model.list(`${model.path}/knocks?status=pending`), model.list(`${model.path}/links`)]).catch(
      () => [],
    );
    if (!links) return;
    this.#mergeList(knocks, before);
    for (const link of links) if (!this.links.get(link.link_id)?.revoked_at) this.links.set(link.link_id, link);
    model.emit('knocks');
    model.emit('links');
  }

  /** Merges a list of pending knocks, requested when those of `before` were known; later ones follow it. */
  #mergeList(knocks, before) {
    const known = this.knocks;
    const open = knocks.filter((knock) => !this.#decidedIds.has(knock.knock_id));
    const listed = new Set(open.map((knock) => knock.knock_id));
    const later = [...known.values()].filter((knock) => !listed.has(knock.knock_id) && !before.has(knock.knock_id));
    this.knocks = new Map([...open, ...later].map((knock) => [knock.knock_id, knock]));
    const news = this.#listed ? open.filter((knock) => !known.has(knock.knock_id)) : [];
    this.#listed = true;
    for (const knock of news) {
      this.#announced.add(knock.knock_id);
      this.#model.emit('knocked', { knock });
    }
  }

  /** Applies an entry of the door's log. */
  handleEvent(event, { door, knock, knock_id: id, status, link }) {
    if (door <= this.#listedUpTo) return;
    if (event === 'link_created' || event === 'link_revoked') this.#storeLink(link);
    if (event === 'knock_decided') this.#recordDecision(id, status);
    if (event !== 'knock' || this.#decidedIds.has(knock.knock_id)) return;
    if (knock.status === 'pending') {
      this.knocks.set(knock.knock_id, knock);
      this.#model.emit('knocks');
      if (!this.#announced.delete(knock.knock_id)) this.#model.emit('knocked', { knock });
    } else {
      this.#countUse(knock.link_id);
    }
  }

  /** Counts a use of a link. */
  #countUse(id) {
    const link = this.links.get(id);
    if (link) this.#storeLink({ ...link, uses: link.uses + 1 });
  }

  #storeLink(link) {
    this.links.set(link.link_id, link);
    this.#model.emit('links');
  }

  #recordDecision(id, status) {
    const known = this.knocks.get(id);
    this.#decidedIds.add(id);
    if (!known) return;
    this.knocks.delete(id);
    if (status === 'approved') this.#countUse(known.link_id);
    this.#model.emit('knocks');
  }

  /** Decides at most 256 knocks: all of them or none. */
  async decide(knocks, { approve, reason }) {
    const body = { chat_url: this.#model.id, knock_ids: knocks.map((knock) => knock.knock_id), approve, ...(reason && { reason }) };
    await this.#model.call('POST', '/v1/approval', { body });
    for (const knock of knocks) this.#recordDecision(knock.knock_id, approve ? 'approved' : 'declined');
  }

  /** Decides any number of knocks; returns the problem if some stay undecided. */
  async decideAll(knocks, decision) {
    const fit = decision.approve ? this.#withinLinkLimits(knocks) : knocks;
    let problem = fit.length < knocks.length ? new Problem('link_used_up', { status: 409 }) : null;
    for (let from = 0; from < fit.length; from += MAX_PER_CALL)
      problem = (await this.#decideBatch(fit.slice(from, from + MAX_PER_CALL), decision)) ?? problem;
    return problem;
  }

  /** Selects the knocks that the limits of their links allow, longest waiting first. */
  #withinLinkLimits(knocks) {
    const left = new Map([...this.links].map(([id, link]) => [id, (link.max_uses ?? Infinity) - link.uses]));
    return knocks.toReversed().filter(({ link_id: id }) => {
      const places = left.get(id) ?? Infinity;
      left.set(id, places - 1);
      return places > 0;
    });
  }

  /** Decides a batch with retries, which are idempotent; skips knocks that no longer wait. */
  async #decideBatch(part, decision) {
    for (let tries = 1; ; tries += 1) {
      const open = part.filter((knock) => this.knocks.has(knock.knock_id));
      if (open.length === 0 || this.#model.over) return null;
      try {
        await this.decide(open, decision);
        return null;
      } catch (problem) {
        const moved = problem.code === 'already_decided' || problem.isGone;
        if (tries === MAX_TRIES || !(moved || problem.isTransient)) return problem;
        if (moved) await this.read();
        else await pause(problem.retryAfter ?? 1_000);
      }
    }
  }

  async createLink(body, key) {
    const link = await this.#model.call('POST', '/v1/links', { body: { chat_url: this.#model.id, ...body }, key });
    this.#storeLink(link);
    return link;
  }

  /** Revokes a link; with `evict`, removes the members that it admitted. */
  async revokeLink(link, { evict }) {
    await this.#model.call('DELETE', `/v1/links/${link.link_id}${evict ? '?evict=true' : ''}`);
    if (!link.revoked_at) this.#storeLink({ ...link, revoked_at: new Date(now()).toISOString() });
  }
}

const usedUp = (link) => link.max_uses !== null && link.uses >= link.max_uses;
const isLive = (link, time) => link.revoked_at === null && Date.parse(link.expires_at) > time && !usedUp(link);
