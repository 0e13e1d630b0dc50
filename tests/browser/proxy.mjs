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

  /** Carries again, what was held back first. */
  async go() {
    this.#stalled = false;
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
      from.setNoDelay(true);
      from.on('data', (bytes) => to.write(bytes));
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroySoon();
      });
      if (this.#stalled) from.pause();
      else from.resume();
    }
  }
}
