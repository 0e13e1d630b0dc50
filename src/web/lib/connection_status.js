// The line that shows the state of the connection.

import { button, el } from './dom.js';
import { strings } from './strings.js';

/** A live region that shows the connection's state, or why the server refuses it, with a button to retry now. */
export function connectionStatus() {
  const text = el('span', {});
  const retry = button(strings.connection.now, { class: 'quiet small', hidden: true });
  const status = el(
    'p',
    { class: 'connection', role: 'status', 'data-state': 'connecting' },
    el('span', { class: 'dot', 'aria-hidden': 'true' }),
    text,
  );
  const element = el('div', { class: 'connection-line' }, status, retry);
  return {
    element,
    show(state, problem = null) {
      const message = problem?.retryAfter ? problem.userMessage : strings.connection[state];
      status.dataset.state = state;
      if (text.textContent !== message) text.textContent = message;
      retry.hidden = state !== 'reconnecting' && state !== 'offline';
    },
    onRetryNow: (listener) => retry.addEventListener('click', listener),
  };
}
