// Notifies a user who looks elsewhere: tab title at once; sound and notification at most once a second, less often for a crowd.

import * as storage from './storage.js';
import { plainText } from './safe_text.js';
import { strings } from './strings.js';

/** SEC-025: at most one sound and one notification a second, however many knock. */
const MIN_INTERVAL = 1_000;
/** A continuing crowd sounds once in this interval; the interval between its notifications doubles up to it. */
const MAX_INTERVAL = 32_000;

const t = strings.notifications;

/** Events of one kind that wait for a notification: their names, and when the next is due. */
class Queue {
  names = [];
  #pause = MIN_INTERVAL;
  #last = -Infinity;

  /** When the next notification is due; Infinity if nothing waits. */
  get due() {
    return this.names.length > 0 ? this.#last + this.#pause : Infinity;
  }

  /** Takes the names if they are due. After several at once, the interval doubles. */
  take(time) {
    if (this.due > time) return [];
    this.#pause = this.names.length > 1 && time - this.#last < MAX_INTERVAL ? Math.min(MAX_INTERVAL, 2 * this.#pause) : MIN_INTERVAL;
    this.#last = time;
    return this.names.splice(0);
  }
}

export class Notifier {
  #title = '';
  #count = 0;
  #queues = { knocks: new Queue(), messages: new Queue() };
  #timer = null;
  #quietUntil = 0;
  #lastSoundAt = -Infinity;
  #waiting = () => 0;
  #audio = null;
  #notification = null;

  constructor() {
    const unlock = () => {
      this.#audio ??= typeof AudioContext === 'undefined' ? null : new AudioContext();
      this.#audio?.resume();
    };
    for (const event of ['pointerdown', 'keydown']) addEventListener(event, unlock, { once: true });
    document.addEventListener('visibilitychange', () => document.hidden || this.#closeNotification());
  }

  /** Sets the tab's title, prefixed with the number of unseen items. */
  setTitle(title, count) {
    this.#title = plainText(title);
    this.#count = count;
    document.title = this.#count > 0 ? `(${this.#count}) ${this.#title}` : this.#title;
  }

  /** Notifies of a knock, whether the page is visible or not. `waiting` returns how many wait when the notification is shown. */
  notifyKnock({ name }, waiting) {
    this.#waiting = waiting;
    this.#enqueue('knocks', name);
  }

  /** Notifies of a message if the page is not focused. */
  notifyMessage(name) {
    if (document.hidden || !document.hasFocus()) this.#enqueue('messages', name);
  }

  #enqueue(kind, name) {
    this.#queues[kind].names.push(plainText(name));
    this.#schedule();
  }

  /** Schedules the next notification. */
  #schedule() {
    const due = Math.min(...Object.values(this.#queues).map((kind) => kind.due));
    clearTimeout(this.#timer);
    if (due < Infinity) this.#timer = setTimeout(() => this.#flush(), Math.max(0, Math.max(due, this.#quietUntil) - Date.now()));
  }

  #flush() {
    const time = Date.now();
    const { sound, notify } = storage.notificationSettings.get();
    const [knocks, messages] = [this.#queues.knocks.take(time), this.#queues.messages.take(time)];
    if (sound && (messages.length > 0 || this.#isHeard(knocks, time))) this.#playSound(knocks.length > 0);
    const crowd = () => t.knocks(Math.max(knocks.length, this.#waiting()));
    const lines = [summarize(knocks, t.knock, crowd), summarize(messages, t.message, t.messages)].filter(Boolean);
    if (notify && document.hidden && lines.length > 0) this.#showNotification(lines.join(' · '));
    this.#quietUntil = time + MIN_INTERVAL;
    this.#schedule();
  }

  /** Returns true if these knocks make a sound: a single one, or the first of a crowd. */
  #isHeard({ length }, time) {
    if (length === 0 || (length > 1 && time - this.#lastSoundAt < MAX_INTERVAL)) return false;
    this.#lastSoundAt = time;
    return true;
  }

  /** Shows a notification with names, never with content: it may appear on a locked screen. */
  #showNotification(body) {
    if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
    this.#closeNotification();
    try {
      const icon = document.querySelector('link[rel=icon]')?.href;
      const notification = new Notification(this.#title, { body, icon });
      notification.onclick = () => (window.focus(), notification.close());
      this.#notification = notification;
    } catch {
      // Some phones allow notifications from service workers only: title and sound remain.
    }
  }

  #closeNotification() {
    this.#notification?.close();
    this.#notification = null;
  }

  /** Plays two low knocks or one soft tone. */
  #playSound(knock) {
    const audio = this.#audio;
    if (!audio || audio.state !== 'running') return;
    const beats = knock ? [0, 0.16] : [0];
    for (const at of beats) tone(audio, audio.currentTime + at, knock ? 150 : 620, knock ? 0.12 : 0.25);
  }
}

const summarize = (names, one, many) => (names.length === 0 ? null : names.length === 1 ? one(names[0]) : many(names.length));

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
