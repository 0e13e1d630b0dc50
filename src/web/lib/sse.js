// Incremental parser of text/event-stream, as the HTML standard specifies it.

/** Maximum length of an event or a line, in characters: bounds memory if the server never ends one. */
const MAX_EVENT_CHARS = 1024 * 1024;

/** Parses one stream from its first byte; each connection needs a new parser. */
export class EventParser {
  /** The server's last `retry` value, in milliseconds; null if it sent none. */
  retry = null;

  #decoder = new TextDecoder();
  #line = '';
  #endedWithCr = false;
  #type = '';
  #data = '';
  #id = '';

  /** Returns the events that this chunk completes, as `{event, id, data}`; throws RangeError above 1 MiB. */
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
      const event = line === '' ? this.#dispatch() : this.#field(line);
      if (event) events.push(event);
    }
    this.#limit(this.#line);
    return events;
  }

  #limit(line) {
    if (this.#data.length + line.length > MAX_EVENT_CHARS) throw new RangeError('an event of the stream is too long');
  }

  /** Handles an empty line: returns the event, or null without data; the id is kept in either case. */
  #dispatch() {
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
