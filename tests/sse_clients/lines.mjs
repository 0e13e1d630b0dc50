// Reads a stream and a transcript with Node's readline, which in some versions breaks lines at U+2028 and U+2029 too: every message must be whole.
import readline from "node:readline";
import { Readable } from "node:stream";

import { call, EDGES } from "./line.mjs";

const base = new URL(process.argv[2]);
const PATIENCE = 60_000;

function fail(reason) {
  console.error(`readline: ${reason}`);
  process.exit(1);
}

/** The lines of an answer, none of which may have what readline of another version takes for its end. */
async function* lines(path, credential) {
  const answer = await fetch(new URL(path, base), { headers: { authorization: `Bearer ${credential}` } });
  for await (const line of readline.createInterface({ input: Readable.fromWeb(answer.body) })) {
    if (/[\u0085\u2028\u2029]/u.test(line)) fail(`a line that some read as two: ${JSON.stringify(line)}`);
    yield line;
  }
}

setTimeout(() => fail("it takes too long"), PATIENCE).unref();
const chat = await call(base, "POST", "/v1/chats", null, { name: "Ana" });
const path = `/v1/chats/${chat.chat_id}`;
for (const edge of EDGES) await call(base, "POST", path, chat.author_id, { text: `a${edge}b` });
const { messages } = await call(base, "GET", path, chat.author_id);

const heard = [];
let event = "";
for await (const line of lines(`${path}/events?after=0`, chat.author_id)) {
  const [, field, value] = /^([a-z]*)(?:: (.*))?$/su.exec(line) ?? fail(`a line that is none: ${line}`);
  if (field === "event") event = value;
  if (field === "data" && event === "message") heard.push(JSON.parse(value));
  if (heard.length === messages.length) break;
}
const exported = [];
for await (const line of lines(`${path}/export`, chat.author_id)) {
  const { event: name, data } = JSON.parse(line);
  if (name === "message") exported.push(data);
}
for (const [what, read] of [["stream", heard], ["transcript", exported]]) {
  if (JSON.stringify(read) !== JSON.stringify(messages)) fail(`the ${what} is not what was said: ${JSON.stringify(read)}`);
}
console.log(`readline: ${heard.length} messages, whole in the stream and in the transcript`);
process.exit(0);
