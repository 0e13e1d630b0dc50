// A line to the server that breaks, and calls of the API, for the clients that are tried here.
import net from "node:net";

/** What ends a line, a field or an event somewhere, or is no ASCII. */
export const EDGES = ["\n\ndata: {}\n\n", "\r", "\u2028", "\u2029", "\u0085", "\nid: 9", "\nevent: bye", "\uFEFF", "é 𝄞", "data:"];

/** Calls the API; an answer that is no success is an error. */
export async function call(base, method, path, credential, body) {
  const headers = { "content-type": "application/json" };
  if (credential) headers.authorization = `Bearer ${credential}`;
  const answer = await fetch(new URL(path, base), { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path.split("?")[0]} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** A line that breaks after some hundred bytes, so many times in all; the first time when there is an id to come back with, which `resumes` finds. */
export async function breakingLine(base, cuts, resumes) {
  const seen = { lines: 0, cuts: 0, resumed: 0 };
  const proxy = net.createServer((client) => {
    const server = net.connect(Number(base.port || 80), base.hostname);
    let left = (seen.lines === 0 ? 2_000 : 300) + Math.floor(Math.random() * 4_000);
    seen.lines += 1;
    const breaks = () => { client.resetAndDestroy(); server.destroy(); };
    client.on("data", (bytes) => {
      if (resumes.test(bytes.toString("latin1"))) seen.resumed += 1;
      server.write(bytes);
    });
    server.on("data", (bytes) => {
      if (seen.cuts >= cuts || bytes.length < left) {
        left -= bytes.length;
        client.write(bytes);
        return;
      }
      seen.cuts += 1;
      client.write(bytes.subarray(0, left), breaks);
    });
    for (const [one, other] of [[client, server], [server, client]]) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  await new Promise((listening) => proxy.listen(0, "127.0.0.1", listening));
  return { seen, port: proxy.address().port };
}
