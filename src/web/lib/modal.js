// A dialog with a heading, which is gone when it is closed.

import { el } from './dom.js';

/** Shows a dialog with a heading and content; returns it. */
export function showModal(title, ...content) {
  const heading = el('h2', { id: 'modal', tabindex: '-1' }, title);
  const dialog = el('dialog', { class: 'card stack', 'aria-labelledby': 'modal' }, heading, ...content);
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
