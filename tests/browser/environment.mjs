// The environment of one test: a server behind an unreliable network, and people with browsers.
import { test } from 'node:test';

import { ApiClient } from './api_client.mjs';
import { sharedChromium } from './chromium.mjs';
import { Person } from './person.mjs';
import { Proxy } from './proxy.mjs';
import { Server } from './server.mjs';

/** A server, a proxy in front of it, and users with profiles of their own in one browser. */
export class Environment {
  #browser;
  #people = [];

  /** Starts it with flags for the server; by default without rate limits. */
  static async start({ flags = ['--rate-factor', '0'] } = {}) {
    const env = new Environment();
    env.proxy = await Proxy.open();
    env.origin = env.proxy.origin;
    try {
      env.server = await Server.started(['--public-url', env.origin, ...flags]);
      env.proxy.leadsTo(env.server.origin);
      env.#browser = await sharedChromium();
    } catch (fault) {
      await env.stop();
      throw fault;
    }
    return env;
  }

  /** A person with a profile of the browser of all scenes, or of another one. */
  async person({ browser = this.#browser, ...options } = {}) {
    const person = await Person.arrives(browser, this.origin, this.apiClient(), options);
    this.#people.push(person);
    return person;
  }

  /** A client without a browser, connected to the server directly. */
  apiClient() {
    return new ApiClient(this.server.origin);
  }

  /** Saves a screenshot of every person's page. */
  async pictures(name) {
    await Promise.all(this.#people.map((person, index) => person.picture(`${name}-${index + 1}`)));
  }

  /** Stops everything; fails with all complaints of all people. */
  async stop() {
    try {
      await Promise.all(this.#people.map((person) => person.leaves()));
    } finally {
      await this.server?.kill();
      this.proxy.close();
    }
    const complaints = this.#people.flatMap((person, index) => person.complaints.map((complaint) => `${index + 1}: ${complaint}`));
    if (complaints.length > 0) throw new Error(`people complained:\n${complaints.join('\n')}`);
  }
}

/**
 * Defines a test in an environment of its own, with a timeout in ms. With `long` it runs only if PARLOR_LONG is set. Other options are
 * those of the environment.
 */
export function scene(name, play, { timeout = 60_000, long = false, ...options } = {}) {
  test(name, { timeout, skip: long && !process.env.PARLOR_LONG && 'PARLOR_LONG is not set' }, () => runScene(name, play, options));
}

/** Runs a test; on failure saves screenshots, and reports complaints as well. */
export async function runScene(name, play, options = {}) {
  const env = await Environment.start(options);
  const faults = [];
  await play(env).catch(async (fault) => {
    faults.push(fault);
    await env.pictures(`failed-${name.replaceAll(/\W+/g, '-')}`).catch(() => {});
  });
  await env.stop().catch((fault) => faults.push(fault));
  if (faults.length === 1) throw faults[0];
  if (faults.length > 1) throw new AggregateError(faults, faults.map((fault) => fault.stack).join('\n'));
}
