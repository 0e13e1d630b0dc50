// The stream of the signed-in account, which one tab of the browser follows for all of them.

import { base } from './base.js';
import * as session from './session.js';
import { Stream } from './stream.js';

/** A tab that has heard nothing for this long follows the stream itself; heartbeats come every 15 s. */
const MAX_SILENCE = 45_000;
const CHECK_INTERVAL = 5_000;

/**
 * Calls `listener(event, data)` with every event of the stream, until `signal` is aborted or the session has ended. `state` comes when
 * the stream begins anew: events may be missing before it.
 */
export function followAccount(listener, signal) {
  const name = `parlor${base}.events.${session.id()}`;
  const channel = new BroadcastChannel(name);
  let heardAt = Date.now();
  const hear = (event, data) => {
    heardAt = Date.now();
    if (event === 'signed_out') session.end(data.reason);
    else listener(event, data);
  };
  channel.onmessage = ({ data: [event, data] }) => signal.aborted || hear(event, data);
  const tell = (event, data) => {
    channel.postMessage([event, data]);
    hear(event, data);
    return event === 'signed_out' ? 'last' : null;
  };
  const lead = (options = {}) => takeTurns(name, options, () => followUntil(tell, signal), signal);
  const watch = setInterval(() => {
    if (document.hidden || Date.now() - heardAt < MAX_SILENCE) return;
    heardAt = Date.now();
    lead({ steal: true });
  }, CHECK_INTERVAL);
  signal.addEventListener('abort', () => (clearInterval(watch), channel.close()), { once: true });
  lead();
}

/** Runs `action` in one tab at a time; without locks in all of them. Who was robbed of the lock waits for it again. */
async function takeTurns(name, options, action, signal) {
  if (!navigator.locks) return action().done;
  let stop = null;
  const run = () => {
    const following = action();
    stop = following.stop;
    return following.done;
  };
  try {
    await navigator.locks.request(name, options.steal ? options : { signal }, run);
  } catch {
    stop?.();
    if (stop && !signal.aborted) takeTurns(name, {}, action, signal);
  }
}

/** Follows the stream until it is over: `{done, stop}`. */
function followUntil(onEvent, signal) {
  let stream = null;
  const done = new Promise((resolve) => {
    stream = new Stream('/v1/me/events', { credential: session.credential, onEvent, onState: () => null, onEnd: resolve });
    signal.addEventListener('abort', () => (stream.stop(), resolve()), { once: true });
    stream.follow();
  });
  return { done, stop: () => stream.stop() };
}
