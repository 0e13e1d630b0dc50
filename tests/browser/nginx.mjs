// Serves a Parlor below a path, as a site does that has other things at its origin: by nginx, configured as README says.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A port that nobody listens on. */
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

/** A running nginx; people know the server below it by its `url`. */
export class Nginx {
  #child;
  #folder;
  url;

  /** One that will serve `upstream`, an origin, below `path`; the port is known before. */
  static async reserved(path) {
    const nginx = new Nginx();
    nginx.port = await free();
    nginx.path = path;
    nginx.url = `http://127.0.0.1:${nginx.port}${path}`;
    return nginx;
  }

  async starts(upstream) {
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

  async ends() {
    if (this.#child && this.#child.exitCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await ended;
    }
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }
}
