// A TCP proxy that simulates an unreliable network.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Forwards connections to a server; `origin` is its own address. */
export class Proxy {
  #listener = createServer({ pauseOnConnect: true }, (near) => this.#carries(near));
  #sockets = new Set();
  #port = 0;
  #target;
  #stalled = false;
  #swallows = false;
  #dead = new Set();

  /** Starts listening, before the target is known. */
  static async open() {
    const proxy = new Proxy();
    await proxy.#listen();
    proxy.#port = proxy.#listener.address().port;
    return proxy;
  }

  get origin() {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Sets the target, the origin of a server. */
  leadsTo(origin) {
    this.#target = Number(new URL(origin).port);
  }

  /** Resets all connections; accepts new ones. */
  cut() {
    for (const socket of this.#sockets) {
      // Node never finishes a reset of a socket that is already ending.
      if (socket.writable) socket.resetAndDestroy();
      else socket.destroy();
    }
  }

  /** Resets all connections and refuses new ones until `go`. */
  refuse() {
    this.#listener.close();
    this.cut();
  }

  /** Holds back all bytes in both directions, on new connections too, until `go`; no end is notified. */
  stall() {
    this.#stalled = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** Drops all bytes in both directions, on new connections too, until `go`; no end is notified. */
  swallow() {
    this.#swallows = true;
    this.forget();
  }

  /** Drops all further bytes of current connections, which stay open; forwards new ones. */
  forget() {
    for (const socket of this.#sockets) this.#dead.add(socket);
  }

  /** Forwards again: first what was held back, then new connections. Dropped bytes are lost, with their connection. */
  async go() {
    this.#stalled = false;
    this.#swallows = false;
    for (const socket of this.#sockets) socket.resume();
    if (!this.#listener.listening) await this.#listen();
  }

  /** Stops the proxy. */
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
