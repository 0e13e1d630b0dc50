// Formatting of dates, times and durations; a stopwatch.

import { language } from './strings.js';

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

const formatNarrow = (n, unit) => new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'narrow' }).format(n);
const formatLong = (n, unit) => new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(n);

/** Formats the time of day. */
export const timeOf = (ms) => clock.format(ms);

/** Formats date and time in full. */
export const momentOf = (ms) => full.format(ms);

const midnight = (ms) => new Date(ms).setHours(0, 0, 0, 0);

/** Returns true if two times are on the same day. */
export const sameDay = (a, b) => midnight(a) === midnight(b);

/** Formats a day: today, yesterday, or the date. */
export function dayOf(ms) {
  const days = Math.round((midnight(ms) - midnight(Date.now())) / 86_400_000);
  if (days !== 0 && days !== -1) return date.format(ms);
  const said = relative.format(days, 'day');
  return said[0].toLocaleUpperCase(language) + said.slice(1);
}

/** Formats a duration in its largest unit, such as `2 hours`; at least one second. */
export function span(ms) {
  const [unit, size] = UNITS.find(([, least]) => ms >= least * 0.995) ?? UNITS.at(-1);
  return formatLong(Math.max(1, Math.round(ms / size)), unit);
}

/** Formats remaining time, rounded down; minutes and seconds towards the end. */
export function remaining(ms) {
  if (ms >= 2 * 86_400_000) return formatLong(Math.floor(ms / 86_400_000), 'day');
  if (ms >= 3_600_000) return `${formatNarrow(Math.floor(ms / 3_600_000), 'hour')} ${formatNarrow(Math.floor(ms / 60_000) % 60, 'minute')}`;
  if (ms >= 5 * 60_000) return formatLong(Math.floor(ms / 60_000), 'minute');
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Formats a length in seconds as on a clock, such as `1:05` or `1:02:03`. */
export function clockOf(seconds) {
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  const shown = parts[0] > 0 ? parts : parts.slice(1);
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

/** Measures elapsed milliseconds by the clock that shows more: one stops during sleep, the other can be set back. */
export function stopwatch() {
  let startedAt = [Date.now(), performance.now()];
  return {
    restart: () => (startedAt = [Date.now(), performance.now()]),
    get elapsed() {
      return Math.max(Date.now() - startedAt[0], performance.now() - startedAt[1]);
    },
  };
}

/** Calls `action` at an interval until `signal` is aborted. */
export function every(ms, action, signal) {
  const timer = setInterval(action, ms);
  signal?.addEventListener('abort', () => clearInterval(timer), { once: true });
}

/** A `time` element with the time of day, and the full date as its title. */
export function timeElement(ms) {
  const element = document.createElement('time');
  element.dateTime = new Date(ms).toISOString();
  element.title = momentOf(ms);
  element.textContent = timeOf(ms);
  return element;
}
