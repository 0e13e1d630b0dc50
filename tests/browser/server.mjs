// Runs the real program: on a port of its own, stopped and started again there when a test wants it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
process.once('SIGTERM', () => process.exit(1));

/** One Parlor; `origin` is where it listens, whatever it is called outside. */
export class Server {
  #flags;
  #child;
  origin;

  /** Started with these flags; the binary is that of the variable PARLOR. */
  static async started(flags = []) {
    const server = new Server();
    server.#flags = flags;
    await server.#start('127.0.0.1:0');
    return server;
  }

  /** Ends it as whoever runs it does: its streams say good-bye. Whatever was in it is gone. */
  async stop() {
    await this.#end('SIGTERM');
  }

  /** Ends it without a word. */
  async kill() {
    await this.#end('SIGKILL');
  }

  /** Starts it where it was. */
  async start() {
    await this.#start(new URL(this.origin).host);
  }

  async #start(listen) {
    const flags = ['--listen', listen, '--log', 'warn', ...this.#flags];
    const child = spawn(process.env.PARLOR, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
    running.add(child);
    child.once('exit', () => running.delete(child));
    const lines = createInterface({ input: child.stdout });
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
