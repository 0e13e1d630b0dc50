// A password field.

import { button, el, field } from './dom.js';
import { strings } from './account_strings.js';

/** A password field with a button that shows what is typed. */
export function passwordField(label, name, { hint, ...props } = {}) {
  const input = el('input', { name, type: 'password', required: true, dir: 'ltr', spellcheck: 'false', autocapitalize: 'none', ...props });
  const show = button(strings.showPassword, { class: 'quiet small', 'aria-pressed': 'false', 'aria-label': strings.showPasswordName });
  show.addEventListener('click', () => {
    const shown = input.type === 'password';
    input.type = shown ? 'text' : 'password';
    show.setAttribute('aria-pressed', String(shown));
  });
  const whole = field(label, input, { hint });
  const row = el('div', { class: 'password' });
  input.replaceWith(row);
  row.append(input, show);
  return whole;
}
