// Follows a chat with the npm packages eventsource and event-source-polyfill and a ticket, over a line that breaks: every message must arrive once, in order.
import eventSourcePolyfill from "event-source-polyfill";
import { EventSource } from "eventsource";
import { setTimeout as pause } from "node:timers/promises";

import { breakingLine, call, EDGES } from "./line.mjs";

const base = new URL(process.argv[2]);
const CUTS = 6;
const PATIENCE = 120_000;
/** Each client, and how it says where it was: the polyfill sets no header, and keeps `after` in its URL. */
const CLIENTS = {
  eventsource: [EventSource, /^last-event-id:/im],
  "event-source-polyfill": [eventSourcePolyfill.EventSourcePolyfill, /^GET \S+[?&]after=0\S*&lastEventId=[0-9a-f]/m],
};

// The polyfill tells of each cut with all that it knows.
console.error = () => {};

function fail(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

async function follows(name, [Client, resumes]) {
  const chat = await call(base, "POST", "/v1/chats", null, { name: "Ana" });
  const path = `/v1/chats/${chat.chat_id}`;
  const { ticket } = await call(base, "POST", "/v1/tickets", chat.author_id, { chat_id: chat.chat_id });
  const { seen, port } = await breakingLine(base, CUTS, resumes);
  const source = new Client(`http://127.0.0.1:${port}${path}/events?ticket=${ticket}&after=0`);
  const heard = [];
  let greeted = 0;
  source.addEventListener("hello", () => { greeted += 1; });
  source.addEventListener("reset", () => fail(`${name}: the stream was reset`));
  source.addEventListener("message", (event) => heard.push(JSON.parse(event.data)));
  while (greeted === 0) await pause(20);

  for (let number = 0; seen.cuts < CUTS || number < 100; number += 1) {
    await call(base, "POST", path, chat.author_id, { text: `${number}: a${EDGES[number % EDGES.length]}b` });
    await pause(110);
  }
  const last = await call(base, "POST", path, chat.author_id, { text: "The end" });
  while (!heard.some((message) => message.seq >= last.seq)) await pause(20);
  source.close();

  const { messages } = await call(base, "GET", path, chat.author_id);
  if (JSON.stringify(heard) !== JSON.stringify(messages)) {
    fail(`${name}: ${messages.length} were said, ${heard.length} heard: ${heard.map((message) => message.seq)}`);
  }
  if (seen.resumed < CUTS) fail(`${name}: the line was cut ${seen.cuts} times, resumed ${seen.resumed} times`);
  console.log(`${name}: ${heard.length} messages, each once and in order, over ${seen.cuts} cuts`);
}

setTimeout(() => fail("eventsource, event-source-polyfill: it takes too long"), PATIENCE).unref();
await Promise.all(Object.entries(CLIENTS).map(([name, client]) => follows(name, client))).catch((error) => fail(error));
process.exit(0);
