// Stands between browser and server as a network does, which can break, refuse, or simply say nothing any more.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** A TCP proxy; people know the server by its `origin`. */
export class Proxy {
  #listener = createServer({ pauseOnConnect: true }, (near) => this.#carries(near));
  #sockets = new Set();
  #port = 0;
  #target;
  #stalled = false;
  #swallows = false;
  #dead = new Set();

  /** One that listens, and carries nothing before it knows whereto. */
  static async open() {
    const proxy = new Proxy();
    await proxy.#listen();
    proxy.#port = proxy.#listener.address().port;
    return proxy;
  }

  get origin() {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Says whereto everything goes: the origin of a server. */
  leadsTo(origin) {
    this.#target = Number(new URL(origin).port);
  }

  /** Breaks every connection that there is. New ones are carried. */
  cut() {
    for (const socket of this.#sockets) {
      // Node never ends where a socket is reset whose end was already under way.
      if (socket.writable) socket.resetAndDestroy();
      else socket.destroy();
    }
  }

  /** Breaks every connection and refuses new ones, until `go`. */
  refuse() {
    this.#listener.close();
    this.cut();
  }

  /** Holds back every byte in both directions, of new connections too, until `go`; nobody is told. */
  stall() {
    this.#stalled = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** Takes every byte in both directions and carries none, of new connections too, until `go`; nobody is told. */
  swallow() {
    this.#swallows = true;
    this.forget();
  }

  /** Forgets every connection that there is: it stays open, and nothing of it is carried any more. New ones are carried. */
  forget() {
    for (const socket of this.#sockets) this.#dead.add(socket);
  }

  /** Carries again: what was held back first, and new connections. What was swallowed is lost, with its connection. */
  async go() {
    this.#stalled = false;
    this.#swallows = false;
    for (const socket of this.#sockets) socket.resume();
    if (!this.#listener.listening) await this.#listen();
  }

  /** Ends it. */
  close() {
    this.refuse();
  }

  async #listen() {
    this.#listener.listen(this.#port, '127.0.0.1');
    await once(this.#listener, 'listening', { signal: AbortSignal.timeout(10_000) });
  }

  #carries(near) {
    const far = connect(this.#target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      this.#sockets.add(from);
      if (this.#swallows) this.#dead.add(from);
      from.setNoDelay(true);
      from.on('data', (bytes) => this.#dead.has(from) || to.write(bytes));
      from.on('end', () => this.#dead.has(from) || to.end());
      from.on('error', () => this.#dead.has(from) || to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        if (!this.#dead.delete(from)) to.destroySoon();
      });
      if (this.#stalled) from.pause();
      else from.resume();
    }
  }
}
