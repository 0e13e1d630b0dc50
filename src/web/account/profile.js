// Name and visibility of the account.

import { apiForm, checkField, textField } from '../lib/form.js';
import { strings } from '../lib/account_strings.js';
import { section } from './section.js';

const t = strings.profile;

export function profileSection(model) {
  const { me } = model;
  const name = textField(t.name, 'name', { required: true, maxlength: 40, autocomplete: 'nickname', value: me.name });
  const checks = [
    checkField(t.findable, 'findable', { checked: me.findable }),
    checkField(t.presence, 'presence', { checked: me.presence }),
  ];
  const form = apiForm({ 'aria-label': t.title, submit: strings.save, kind: 'plain', fields: [name, ...checks] }, async (values) => {
    const changed = Object.entries(values).filter(([key, value]) => value !== model.me[key]);
    if (changed.length > 0) await model.change(Object.fromEntries(changed));
    return strings.saved;
  });
  model.on('me', () => {
    for (const control of form.elements) {
      if (control === document.activeElement || !(control.name in model.me)) continue;
      if (control.type === 'checkbox') control.checked = model.me[control.name];
      else control.value = model.me[control.name];
    }
  });
  return section(t.title, form);
}
