// Runs the server binary on a free port; tests can stop and restart it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
process.once('SIGTERM', () => process.exit(1));

/** A running server; `origin` is its listen address, whatever its public URL. */
export class Server {
  #flags;
  #child;
  origin;
  /** The lines that it has printed after its address, such as mails. */
  printed = [];

  /** Starts it with these flags; the variable PARLOR names the binary. */
  static async started(flags = []) {
    const server = new Server();
    server.#flags = flags;
    await server.#start('127.0.0.1:0');
    return server;
  }

  /** Stops it with SIGTERM, which drains its streams. Its state is lost. */
  async stop() {
    await this.#end('SIGTERM');
  }

  /** Kills it. */
  async kill() {
    await this.#end('SIGKILL');
  }

  /** Restarts it on the same port. */
  async start() {
    await this.#start(new URL(this.origin).host);
  }

  async #start(listen) {
    const flags = ['--listen', listen, '--log', 'warn', ...this.#flags];
    const child = spawn(process.env.PARLOR, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
    running.add(child);
    child.once('exit', () => running.delete(child));
    const lines = createInterface({ input: child.stdout });
    lines.once('line', () => lines.on('line', (printed) => this.printed.push(printed)));
    const [line] = await Promise.race([
      once(lines, 'line', { signal: AbortSignal.timeout(10_000) }),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`the server ended with ${code}`))),
    ]);
    this.#child = child;
    this.origin = line.replace('Parlor is open at ', '');
  }

  async #end(signal) {
    if (!running.has(this.#child)) return;
    const ended = once(this.#child, 'exit', { signal: AbortSignal.timeout(10_000) });
    this.#child.kill(signal);
    await ended;
  }
}
