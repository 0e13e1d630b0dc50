// A world for one test: a server behind a network that can break, and people with browsers of their own.
import { test } from 'node:test';

import { Caller } from './caller.mjs';
import { launched } from './chromium.mjs';
import { Person } from './person.mjs';
import { Proxy } from './proxy.mjs';
import { Server } from './server.mjs';

/** What a test is played in. */
export class World {
  #browser;
  #people = [];

  /** With flags for the server; rates are off unless they say otherwise. */
  static async begins({ flags = ['--rate-factor', '0'] } = {}) {
    const world = new World();
    world.proxy = await Proxy.open();
    world.origin = world.proxy.origin;
    try {
      world.server = await Server.started(['--public-url', world.origin, ...flags]);
      world.proxy.leadsTo(world.server.origin);
      world.#browser = await launched();
    } catch (fault) {
      await world.ends();
      throw fault;
    }
    return world;
  }

  /** Somebody with a browser profile of their own. */
  async person(options) {
    const person = await Person.arrives(this.#browser, this.origin, this.caller(), options);
    this.#people.push(person);
    return person;
  }

  /** Somebody without a browser, who is at the server whatever becomes of the network. */
  caller() {
    return new Caller(this.server.origin);
  }

  /** Takes a picture of what everybody saw last. */
  async pictures(name) {
    await Promise.all(this.#people.map((person, index) => person.picture(`${name}-${index + 1}`)));
  }

  /** Ends everything; fails with whatever anybody complained of. */
  async ends() {
    try {
      await Promise.all(this.#people.map((person) => person.leaves()));
    } finally {
      await this.#browser?.close();
      await this.server?.kill();
      this.proxy.close();
    }
    const complaints = this.#people.flatMap((person, index) => person.complaints.map((complaint) => `${index + 1}: ${complaint}`));
    if (complaints.length > 0) throw new Error(`people complained:\n${complaints.join('\n')}`);
  }
}

/** A test that is played in a world of its own, for at most `timeout` ms; other options are those of the world. */
export function scene(name, play, { timeout = 60_000, ...options } = {}) {
  test(name, { timeout }, () => played(name, play, options));
}

/** Plays it to the end; where it fails, pictures are taken of what everybody saw, and what they complained of is told as well. */
export async function played(name, play, options = {}) {
  const world = await World.begins(options);
  const faults = [];
  await play(world).catch(async (fault) => {
    faults.push(fault);
    await world.pictures(`failed-${name.replaceAll(/\W+/g, '-')}`).catch(() => {});
  });
  await world.ends().catch((fault) => faults.push(fault));
  if (faults.length === 1) throw faults[0];
  if (faults.length > 1) throw new AggregateError(faults, faults.map((fault) => fault.stack).join('\n'));
}
