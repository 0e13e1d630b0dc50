// Days, times and spans, as a reader says them.

import { language } from './words.js';

const clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' });
const date = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long' });
const full = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

const short = (n, unit) => new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'narrow' }).format(n);
const measured = (n, unit) => new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(n);

/** The time of day. */
export const timeOf = (ms) => clock.format(ms);

/** The whole moment. */
export const momentOf = (ms) => full.format(ms);

const midnight = (ms) => new Date(ms).setHours(0, 0, 0, 0);

/** Whether two moments are of one day. */
export const sameDay = (a, b) => midnight(a) === midnight(b);

/** The day of a moment: today, yesterday, or its date. */
export function dayOf(ms) {
  const days = Math.round((midnight(ms) - midnight(Date.now())) / 86_400_000);
  if (days !== 0 && days !== -1) return date.format(ms);
  const said = relative.format(days, 'day');
  return said[0].toLocaleUpperCase(language) + said.slice(1);
}

/** A span in its largest unit, such as `2 hours`; never less than a second. */
export function span(ms) {
  const [unit, size] = UNITS.find(([, least]) => ms >= least * 0.995) ?? UNITS.at(-1);
  return measured(Math.max(1, Math.round(ms / size)), unit);
}

/** What is left of a time, which is never said to be more than it is: minutes and seconds towards its end. */
export function remaining(ms) {
  if (ms >= 2 * 86_400_000) return measured(Math.floor(ms / 86_400_000), 'day');
  if (ms >= 3_600_000) return `${short(Math.floor(ms / 3_600_000), 'hour')} ${short(Math.floor(ms / 60_000) % 60, 'minute')}`;
  if (ms >= 5 * 60_000) return measured(Math.floor(ms / 60_000), 'minute');
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Milliseconds since it was started, by the clock that saw more of them: one stands still in sleep, the other may be set back. */
export function stopwatch() {
  let began = [Date.now(), performance.now()];
  return {
    restart: () => (began = [Date.now(), performance.now()]),
    get elapsed() {
      return Math.max(Date.now() - began[0], performance.now() - began[1]);
    },
  };
}

/** A `time` element for a moment, short to read, whole to who asks. */
export function timeElement(ms) {
  const element = document.createElement('time');
  element.dateTime = new Date(ms).toISOString();
  element.title = momentOf(ms);
  element.textContent = timeOf(ms);
  return element;
}
