// Speaks with the socket by the `ws` package, and by the WebSocket of Node where it has one: fragments, pings, closes, tickets, resuming.
import WebSocket from "ws";

const base = process.argv[2];
const url = base.replace(/^http/, "ws") + "/v1/socket";
const PATIENCE = 60_000;
// Events that come at any time.
const PASSING = ["heartbeat", "presence", "typing"];

setTimeout(() => fail("it takes too long"), PATIENCE).unref();

function fail(reason) {
  console.error(`socket: ${reason}`);
  process.exit(1);
}

function check(fine, reason) {
  if (!fine) fail(reason);
}

async function call(method, path, credential, body) {
  const headers = { "content-type": "application/json" };
  if (credential) headers.authorization = `Bearer ${credential}`;
  const answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
  check(answer.ok, `${method} ${path} answered ${answer.status}`);
  return answer.json();
}

/** A client of the socket, of either class of WebSocket. */
class Client {
  constructor(socket) {
    this.socket = socket;
    this.frames = [];
    this.waiting = [];
    this.last = 0;
    this.closed = new Promise((closed) => socket.addEventListener("close", (event) => closed(event.code)));
    this.opened = new Promise((opened) => socket.addEventListener("open", opened));
    socket.addEventListener("message", ({ data }) => {
      const frame = JSON.parse(data);
      if (PASSING.includes(frame.event)) return;
      const next = this.waiting.shift();
      if (next) next(frame);
      else this.frames.push(frame);
    });
  }

  frame() {
    return this.frames.length ? Promise.resolve(this.frames.shift()) : new Promise((frame) => this.waiting.push(frame));
  }

  command(op, fields) {
    this.last += 1;
    return JSON.stringify({ ref: this.last, op, ...fields });
  }

  async answer() {
    const frame = await this.frame();
    check(frame.ref === this.last && frame.ok, `an answer was expected: ${JSON.stringify(frame)}`);
    return frame.ok;
  }

  does(op, fields) {
    this.socket.send(this.command(op, fields));
    return this.answer();
  }
}

async function converse(name, open, chat) {
  const client = new Client(open());
  await client.opened;
  await client.does("authenticate", { credential: chat.author_id });
  const hello = await client.does("subscribe", { chat_id: chat.chat_id });
  check(hello.chat_id === chat.chat_id, `${name}: ${JSON.stringify(hello)}`);
  const texts = ["Hello", "é 𝄞 \u2028 \u0085", "a\n\nb"];
  for (const text of texts) {
    const sent = await client.does("send", { chat_id: chat.chat_id, text });
    const heard = await client.frame();
    check(heard.event === "message" && heard.data.text === text && heard.data.seq === sent.seq, `${name}: ${JSON.stringify(heard)}`);
  }
  client.socket.close(1000, "done");
  check(await client.closed === 1000, `${name}: the close is not answered with its code`);
  const again = new Client(open());
  await again.opened;
  await again.does("authenticate", { credential: chat.author_id });
  await again.does("subscribe", { chat_id: chat.chat_id, after: String(hello.head) });
  for (const text of texts) check((await again.frame()).data.text === text, `${name}: it does not resume`);
  again.socket.send("not a command");
  check(await again.closed === 4502, `${name}: the close code is not seen`);
  console.log(`${name}: ${texts.length} messages, twice`);
}

async function fragments(chat) {
  const headers = { authorization: `Bearer ${chat.author_id}` };
  const client = new Client(new WebSocket(url, { headers, perMessageDeflate: true }));
  await client.opened;
  check(client.socket.extensions === "", "ws: it is compressed");
  const pong = new Promise((answered) => client.socket.once("pong", answered));
  const text = client.command("send", { chat_id: chat.chat_id, text: "In ünequal pieces" });
  for (let at = 0; at < text.length; at += 5) {
    client.socket.send(text.slice(at, at + 5), { fin: at + 5 >= text.length });
    // A control frame may stand between fragments.
    if (at === 10) client.socket.ping("still there?");
  }
  check((await client.answer()).text === "In ünequal pieces", "ws: fragments");
  check(String(await pong) === "still there?", "ws: the pong has other words");
  client.socket.send(Buffer.from("{}"), { binary: true });
  check(await client.closed === 4502, "ws: a binary message");
  const large = new Client(new WebSocket(url, { headers }));
  await large.opened;
  large.socket.send(" ".repeat(65_537));
  check(await large.closed === 1009, "ws: a message that is too large");
  console.log("ws: fragments with a ping between them, binary, too large");
}

const chat = await call("POST", "/v1/chats", null, { name: "Ana" });
await converse("ws", () => new WebSocket(url), chat);
await fragments(chat);
const { ticket } = await call("POST", "/v1/tickets", chat.author_id, { chat_id: chat.chat_id, socket: true });
const withTicket = new Client(new WebSocket(`${url}?ticket=${ticket}`));
await withTicket.opened;
await withTicket.does("subscribe", { chat_id: chat.chat_id });
withTicket.socket.terminate();
const refused = new WebSocket(url, { origin: "https://evil.example" });
const status = await new Promise((answered) => {
  refused.on("unexpected-response", (_, response) => answered(response.statusCode));
  refused.on("error", () => {});
});
check(status === 403, `ws: a foreign origin got ${status}`);
if (globalThis.WebSocket) await converse("Node's WebSocket", () => new globalThis.WebSocket(url), await call("POST", "/v1/chats", null, { name: "Ben" }));
process.exit(0);
