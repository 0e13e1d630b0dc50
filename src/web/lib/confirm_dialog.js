// A confirmation dialog for actions that cannot be undone.

import { button, el } from './dom.js';
import { strings } from './strings.js';

/** Shows a dialog; `title` is a string or nodes. Returns the value chosen from `choices` (`[value, text]`), or null if it is cancelled. */
export function confirmDialog(title, text, choices) {
  return new Promise((resolve) => {
    const heading = el('h2', { id: 'confirm' }, title);
    const decide = (value) => () => (dialog.close(), resolve(value));
    const buttons = choices.map(([value, name]) => button(name, { class: 'danger', onClick: decide(value) }));
    const cancel = button(strings.cancel, { class: 'plain', autofocus: true, onClick: decide(null) });
    const dialog = el(
      'dialog',
      { class: 'card stack', 'aria-labelledby': 'confirm' },
      heading,
      el('p', {}, text),
      el('div', { class: 'buttons' }, cancel, buttons),
    );
    dialog.addEventListener('cancel', () => resolve(null));
    dialog.addEventListener('close', () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  });
}
