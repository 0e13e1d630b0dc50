// A push service on the loopback interface, with the keys of the one browser that it serves.
import { createECDH, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

import ece from 'http_ece';

/** The flag with which a server sends to it. */
export const PUSH_FLAGS = ['--rate-factor', '0', '--push-allow', '127.0.0.0/8'];

/** Takes pushes, and opens them as the browser does. */
export class PushService {
  #server;
  #keys = createECDH('prime256v1');
  #auth = randomBytes(16);
  #waiting = [];
  #taken = [];

  static async open() {
    const service = new PushService();
    service.#keys.generateKeys();
    service.#server = createServer((request, response) => service.#take(request, response));
    await new Promise((done) => {
      service.#server.listen(0, '127.0.0.1', done);
    });
    // A test that fails before it closes the service ends nevertheless.
    service.#server.unref();
    return service;
  }

  /** What the browser has of it: the beginning of endpoints, and its keys. */
  get browser() {
    const encode = (bytes) => bytes.toString('base64url');
    const origin = `http://127.0.0.1:${this.#server.address().port}`;
    return { origin, keys: { p256dh: encode(this.#keys.getPublicKey()), auth: encode(this.#auth) } };
  }

  async #take(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    response.writeHead(201).end();
    const text = ece.decrypt(Buffer.concat(parts), {
      version: 'aes128gcm',
      privateKey: this.#keys,
      authSecret: this.#auth.toString('base64url'),
    });
    const push = { path: request.url, headers: request.headers, text: text.toString() };
    const waits = this.#waiting.shift();
    if (waits) waits(push);
    else this.#taken.push(push);
  }

  /** The next push: `{path, headers, text}`. */
  next() {
    if (this.#taken.length > 0) return Promise.resolve(this.#taken.shift());
    return new Promise((resolve, reject) => {
      this.#waiting.push(resolve);
      setTimeout(() => reject(new Error('nothing was pushed')), 15_000).unref();
    });
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
