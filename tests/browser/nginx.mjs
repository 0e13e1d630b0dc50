// Runs nginx in front of a Parlor under a base path, configured as docs/operations.md describes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Returns a free port. */
async function free() {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  listener.close();
  await once(listener, 'close');
  return port;
}

const configuration = (port, path, upstream) => `
  pid nginx.pid;
  error_log error.log;
  events {}
  http {
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    server {
      listen 127.0.0.1:${port};
      location ${path}/ {
        proxy_pass ${upstream}/;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
      }
      location / { return 418; }
    }
  }`;

/** A running nginx; `url` is the public URL of the server behind it. */
export class Nginx {
  #child;
  #folder;
  url;

  /** Reserves a port for serving `upstream`, an origin, under `path`. */
  static async reserved(path) {
    const nginx = new Nginx();
    nginx.port = await free();
    nginx.path = path;
    nginx.url = `http://127.0.0.1:${nginx.port}${path}`;
    return nginx;
  }

  async start(upstream) {
    this.#folder = await mkdtemp(join(tmpdir(), 'parlor-nginx-'));
    const file = join(this.#folder, 'nginx.conf');
    await writeFile(file, configuration(this.port, this.path, upstream));
    this.#child = spawn('nginx', ['-p', this.#folder, '-c', file, '-g', 'daemon off;'], {
      stdio: 'inherit',
      env: { PATH: `${process.env.PATH}:/usr/sbin` },
    });
    for (let tries = 0; ; tries += 1) {
      const answers = await fetch(`${this.url}/healthz`).catch(() => null);
      if (answers?.ok) return;
      if (tries > 100 || this.#child.exitCode !== null) throw new Error('nginx does not serve');
      await pause(50);
    }
  }

  async stop() {
    if (this.#child && this.#child.exitCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await ended;
    }
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }
}
