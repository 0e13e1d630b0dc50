// Follows a chat with the npm package eventsource and a ticket, over a line that breaks: every message must arrive once, in order.
import { EventSource } from "eventsource";
import net from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const base = new URL(process.argv[2]);
const CUTS = 6;
const PATIENCE = 120_000;
const EDGES = ["\n\ndata: {}\n\n", "\r", "\u2028", "\u2029", "\u0085", "\nid: 9", "\nevent: bye", "\uFEFF", "é 𝄞", "data:"];

function fail(reason) {
  console.error(`eventsource: ${reason}`);
  process.exit(1);
}

async function call(method, path, credential, body) {
  const headers = { "content-type": "application/json" };
  if (credential) headers.authorization = `Bearer ${credential}`;
  const answer = await fetch(new URL(path, base), { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) fail(`${method} ${path.split("?")[0]} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** A line to the server that breaks after some hundred bytes, CUTS times in all; the first time when there is an id to come back with. */
async function line() {
  const seen = { lines: 0, cuts: 0, resumed: 0 };
  const proxy = net.createServer((client) => {
    const server = net.connect(Number(base.port || 80), base.hostname);
    let left = (seen.lines === 0 ? 2_000 : 300) + Math.floor(Math.random() * 4_000);
    seen.lines += 1;
    const breaks = () => { client.resetAndDestroy(); server.destroy(); };
    client.on("data", (bytes) => {
      if (/^last-event-id:/im.test(bytes.toString("latin1"))) seen.resumed += 1;
      server.write(bytes);
    });
    server.on("data", (bytes) => {
      if (seen.cuts >= CUTS || bytes.length < left) {
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

setTimeout(() => fail("it takes too long"), PATIENCE).unref();
const chat = await call("POST", "/v1/chats", null, { name: "Ana" });
const path = `/v1/chats/${chat.chat_id}`;
const { ticket } = await call("POST", "/v1/tickets", chat.author_id, { chat_id: chat.chat_id });
const { seen, port } = await line();
const source = new EventSource(`http://127.0.0.1:${port}${path}/events?ticket=${ticket}&after=0`);
const heard = [];
let greeted = 0;
source.addEventListener("hello", () => { greeted += 1; });
source.addEventListener("reset", () => fail("the stream was reset"));
source.addEventListener("message", (event) => heard.push(JSON.parse(event.data)));
while (greeted === 0) await pause(20);

for (let number = 0; seen.cuts < CUTS || number < 100; number += 1) {
  await call("POST", path, chat.author_id, { text: `${number}: a${EDGES[number % EDGES.length]}b` });
  await pause(110);
}
const last = await call("POST", path, chat.author_id, { text: "The end" });
while (!heard.some((message) => message.seq >= last.seq)) await pause(20);
source.close();

const { messages } = await call("GET", path, chat.author_id);
if (JSON.stringify(heard) !== JSON.stringify(messages)) {
  fail(`${messages.length} were said, ${heard.length} heard: ${heard.map((message) => message.seq)}`);
}
if (seen.resumed < CUTS) fail(`the line was cut ${seen.cuts} times, resumed ${seen.resumed} times`);
console.log(`eventsource: ${heard.length} messages, each once and in order, over ${seen.cuts} cuts`);
process.exit(0);
