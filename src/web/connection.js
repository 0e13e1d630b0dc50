// Says the truth about the connection.

import { button, el } from './dom.js';
import { words } from './words.js';

/** A place that says how the connection stands, or why the server refuses; it is read out when that changes. */
export function connectionLine() {
  const text = el('span', {});
  const now = button(words.connection.now, { class: 'quiet small', hidden: true });
  const status = el(
    'p',
    { class: 'connection', role: 'status', 'data-state': 'connecting' },
    el('span', { class: 'dot', 'aria-hidden': 'true' }),
    text,
  );
  const element = el('div', { class: 'connection-line' }, status, now);
  return {
    element,
    show(state, problem = null) {
      const says = problem?.retryAfter ? problem.sentence : words.connection[state];
      status.dataset.state = state;
      if (text.textContent !== says) text.textContent = says;
      now.hidden = state !== 'reconnecting' && state !== 'offline';
    },
    onHurry: (listener) => now.addEventListener('click', listener),
  };
}
