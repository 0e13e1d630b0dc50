// Reads text/event-stream by the rules of the HTML standard, however its bytes are cut into chunks.

/** How many characters an event, or a single line, may have: a server that never ends one must not fill the memory. */
const LONGEST = 1024 * 1024;

/** The events of one stream, from its first byte on; a stream that is opened anew takes a new one. */
export class Events {
  /** Milliseconds to wait before the stream is opened anew, as the server last said; null where it did not. */
  retry = null;

  #decoder = new TextDecoder();
  #line = '';
  #endedWithCr = false;
  #type = '';
  #data = '';
  #id = '';

  /** The events that this chunk completes, as `{event, id, data}`; throws RangeError at one above 1 MiB. */
  feed(chunk) {
    const text = this.#decoder.decode(chunk, { stream: true });
    if (text === '') return [];
    const fresh = this.#endedWithCr && text.startsWith('\n') ? text.slice(1) : text;
    this.#endedWithCr = text.endsWith('\r');
    const lines = fresh.split(/\r\n|\r|\n/);
    lines[0] = this.#line + lines[0];
    this.#line = lines.pop();
    const events = [];
    for (const line of lines) {
      this.#limit(line);
      const event = line === '' ? this.#dispatched() : this.#field(line);
      if (event) events.push(event);
    }
    this.#limit(this.#line);
    return events;
  }

  #limit(line) {
    if (this.#data.length + line.length > LONGEST) throw new RangeError('an event of the stream is too long');
  }

  /** What an empty line completes: nothing where there was no data, though the id counts all the same. */
  #dispatched() {
    const event = { event: this.#type || 'message', id: this.#id, data: this.#data.slice(0, -1) };
    const complete = this.#data !== '';
    this.#type = '';
    this.#data = '';
    return complete ? event : null;
  }

  #field(line) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.#data += `${value}\n`;
    else if (name === 'event') this.#type = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    else if (name === 'retry' && /^[0-9]+$/.test(value)) this.retry = Number(value);
  }
}
