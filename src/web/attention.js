// Calls somebody who looks elsewhere: the tab's title at once, sound and notification at most once a second, for a crowd less often.

import * as kept from './kept.js';
import { plain } from './text.js';
import { words } from './words.js';

/** SEC-025: a flood of knocks is one sound and one notification a second at most. */
const PAUSE = 1_000;
/** A crowd that goes on coming sounds once in this time, and is told of in growing pauses up to this one. */
const CROWD = 32_000;

const w = words.attention;

/** What is to be told of one kind: whose names, and when next. */
class Kind {
  names = [];
  #pause = PAUSE;
  #last = -Infinity;

  /** When it is to be told; never, where there is nothing. */
  get due() {
    return this.names.length > 0 ? this.#last + this.#pause : Infinity;
  }

  /** Takes the names if it is time. Of many at once, the next are told of later. */
  told(time) {
    if (this.due > time) return [];
    this.#pause = this.names.length > 1 && time - this.#last < CROWD ? Math.min(CROWD, 2 * this.#pause) : PAUSE;
    this.#last = time;
    return this.names.splice(0);
  }
}

export class Attention {
  #title = '';
  #count = 0;
  #kinds = { knocks: new Kind(), messages: new Kind() };
  #timer = null;
  #quietUntil = 0;
  #soundedAt = -Infinity;
  #waiting = () => 0;
  #audio = null;
  #shown = null;

  constructor() {
    const unlocks = () => {
      this.#audio ??= typeof AudioContext === 'undefined' ? null : new AudioContext();
      this.#audio?.resume();
    };
    for (const event of ['pointerdown', 'keydown']) addEventListener(event, unlocks, { once: true });
    document.addEventListener('visibilitychange', () => document.hidden || this.#clears());
  }

  /** The tab's title, with how many wait for the reader before it. */
  titled(title, count) {
    this.#title = plain(title);
    this.#count = count;
    document.title = this.#count > 0 ? `(${this.#count}) ${this.#title}` : this.#title;
  }

  /** Somebody knocks: heard in any case. `waiting` says how many are at the door when it is told. */
  knocked({ name }, waiting) {
    this.#waiting = waiting;
    this.#asks('knocks', name);
  }

  /** Somebody wrote: told to who does not look. */
  wrote(name) {
    if (document.hidden || !document.hasFocus()) this.#asks('messages', name);
  }

  #asks(kind, name) {
    this.#kinds[kind].names.push(plain(name));
    this.#waits();
  }

  /** Tells what is to be told as soon as it may be. */
  #waits() {
    const due = Math.min(...Object.values(this.#kinds).map((kind) => kind.due));
    clearTimeout(this.#timer);
    if (due < Infinity) this.#timer = setTimeout(() => this.#tells(), Math.max(0, Math.max(due, this.#quietUntil) - Date.now()));
  }

  #tells() {
    const time = Date.now();
    const { sound, notify } = kept.telling.get();
    const [knocks, messages] = [this.#kinds.knocks.told(time), this.#kinds.messages.told(time)];
    if (sound && (messages.length > 0 || this.#isHeard(knocks, time))) this.#sounds(knocks.length > 0);
    const crowd = () => w.knocks(Math.max(knocks.length, this.#waiting()));
    const lines = [told(knocks, w.knock, crowd), told(messages, w.message, w.messages)].filter(Boolean);
    if (notify && document.hidden && lines.length > 0) this.#notifies(lines.join(' · '));
    this.#quietUntil = time + PAUSE;
    this.#waits();
  }

  /** Whether these knocks make a sound: each that comes alone, of a crowd the first. */
  #isHeard({ length }, time) {
    if (length === 0 || (length > 1 && time - this.#soundedAt < CROWD)) return false;
    this.#soundedAt = time;
    return true;
  }

  /** A notification names who, never what: it may stand on a locked screen. */
  #notifies(body) {
    if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
    this.#clears();
    try {
      const icon = document.querySelector('link[rel=icon]')?.href;
      const notification = new Notification(this.#title, { body, icon });
      notification.onclick = () => (window.focus(), notification.close());
      this.#shown = notification;
    } catch {
      // Some telephones show notifications for service workers only: the title and the sound remain.
    }
  }

  #clears() {
    this.#shown?.close();
    this.#shown = null;
  }

  /** Two low knocks, or one soft tone. */
  #sounds(knock) {
    const audio = this.#audio;
    if (!audio || audio.state !== 'running') return;
    const beats = knock ? [0, 0.16] : [0];
    for (const at of beats) tone(audio, audio.currentTime + at, knock ? 150 : 620, knock ? 0.12 : 0.25);
  }
}

const told = (names, one, many) => (names.length === 0 ? null : names.length === 1 ? one(names[0]) : many(names.length));

function tone(audio, at, frequency, length) {
  const source = new OscillatorNode(audio, { type: 'sine', frequency });
  const volume = new GainNode(audio, { gain: 0 });
  volume.gain.setValueAtTime(0.0001, at);
  volume.gain.exponentialRampToValueAtTime(0.4, at + 0.01);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + length);
  source.connect(volume).connect(audio.destination);
  source.start(at);
  source.stop(at + length + 0.02);
}
