// A desktop with notifications, and the whole Chromium on it: the headless shell of the other scenes shows none.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { chromium } from 'playwright-core';

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Starts a program; `lines` yields what it prints. */
function started(program, args, env = {}) {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

/** A session bus with a service for notifications. */
export class Desktop {
  #bus;
  #service;
  #env;
  #folder;

  static async open() {
    const desktop = new Desktop();
    desktop.#folder = await mkdtemp(join(tmpdir(), 'parlor-desktop-'));
    desktop.#bus = started('dbus-daemon', ['--session', '--nofork', '--print-address=1']);
    desktop.#env = { DBUS_SESSION_BUS_ADDRESS: (await desktop.#bus.lines.next()).value };
    desktop.#service = started(process.env.NOTIFICATIONS_PYTHON, [join(import.meta.dirname, 'notification_daemon.py')], desktop.#env);
    await desktop.next();
    return desktop;
  }

  /** What the service is asked next: `{id, title, body, actions}` to show a notification, `{closed}` to close one. */
  async next() {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('the desktop was asked nothing')), 15_000);
    });
    const { value } = await Promise.race([this.#service.lines.next(), late]);
    clearTimeout(timer);
    return JSON.parse(value);
  }

  /** Clicks a notification. */
  clicks({ id }) {
    this.#service.child.stdin.write(`${id}\n`);
  }

  /** A browser on this desktop, whose profiles last. */
  get browser() {
    const args = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'];
    const executablePath = process.env.WHOLE_CHROMIUM ?? '/usr/bin/chromium';
    const env = { ...process.env, ...this.#env };
    const newContext = async (options) => {
      const profile = await mkdtemp(join(this.#folder, 'profile-'));
      const context = await chromium.launchPersistentContext(profile, { executablePath, headless: false, args, env, ...options });
      await context.grantPermissions(['notifications'], { origin: options.baseURL });
      return context;
    };
    return { newContext };
  }

  async close() {
    for (const { child } of [this.#service, this.#bus]) child.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
