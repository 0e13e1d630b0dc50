// Calls somebody who looks elsewhere: the tab's title at once, sound and notification at most once a second.

import * as kept from './kept.js';
import { plain } from './text.js';
import { words } from './words.js';

/** SEC-025: a flood of knocks is one sound and one notification a second. */
const PAUSE = 1_000;

const w = words.attention;

export class Attention {
  #title = '';
  #count = 0;
  #queue = { knocks: [], messages: [] };
  #timer = null;
  #quietUntil = 0;
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

  /** Somebody knocks: heard in any case. */
  knocked({ name }) {
    this.#asks('knocks', name);
  }

  /** Somebody wrote: told to who does not look. */
  wrote(name) {
    if (document.hidden || !document.hasFocus()) this.#asks('messages', name);
  }

  #asks(kind, name) {
    this.#queue[kind].push(plain(name));
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => this.#tells(), Math.max(0, this.#quietUntil - Date.now()));
  }

  #tells() {
    const { knocks, messages } = this.#queue;
    this.#queue = { knocks: [], messages: [] };
    this.#timer = null;
    const { sound, notify } = kept.telling.get();
    if (sound) this.#sounds(knocks.length > 0);
    const lines = [told(knocks, w.knock, w.knocks), told(messages, w.message, w.messages)].filter(Boolean);
    if (notify && document.hidden) this.#notifies(lines.join(' · '));
    this.#quietUntil = Date.now() + PAUSE;
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
