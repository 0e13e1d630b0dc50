// Asks before something that cannot be taken back.

import { button, el } from './dom.js';
import { words } from './words.js';

/** Asks `title`, a text or pieces of one; gives the value of the chosen one of `choices`, `[value, text]` each, null for none. */
export function confirm(title, text, choices) {
  return new Promise((decided) => {
    const heading = el('h2', { id: 'confirm' }, title);
    const decide = (value) => () => (dialog.close(), decided(value));
    const buttons = choices.map(([value, name]) => button(name, { class: 'danger', act: decide(value) }));
    const cancel = button(words.cancel, { class: 'plain', autofocus: true, act: decide(null) });
    const dialog = el(
      'dialog',
      { class: 'card stack', 'aria-labelledby': 'confirm' },
      heading,
      el('p', {}, text),
      el('div', { class: 'buttons' }, cancel, buttons),
    );
    dialog.addEventListener('cancel', () => decided(null));
    dialog.addEventListener('close', () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  });
}
