// The settings of a group for those who may change them: owners all of them, admins without its name and lifetime.

import { choice, el, field } from '../lib/dom.js';
import { apiForm, textField } from '../lib/form.js';
import { span } from '../lib/time.js';
import { strings as accountStrings } from '../lib/account_strings.js';
import { strings } from '../lib/group_strings.js';
import { strings as pageStrings } from '../lib/strings.js';

const t = strings.settings;

/** How long the group lasts; a lifetime that is none of the usual ones is offered too. */
function lifetimeField({ expires_in: seconds }) {
  const usual = [['', t.never], ...pageStrings.lifetimes];
  const isUsual = seconds === null || pageStrings.lifetimes.some(([known]) => known === seconds);
  return field(t.lifetime, choice(isUsual ? usual : [...usual, [seconds, span(seconds * 1_000)]], seconds ?? '', { name: 'expires_in' }));
}

/** What the controls show, by the name of the field. */
const valuesOf = ({ title, group, admission, expires_in: seconds }) => ({
  title: title ?? '',
  name: group.name,
  description: group.description ?? '',
  admission,
  expires_in: String(seconds ?? ''),
});

/** What a control says as the API takes it; null clears. */
const toWire = (name, value) => (name === 'expires_in' ? (value === '' ? null : Number(value)) : value === '' ? null : value);

/** The form; `update(chat)` shows the present values, except in the control that has the focus. */
export function groupForm(model) {
  const { owner, chat } = model;
  const description = el('textarea', { name: 'description', maxlength: 1_000, rows: 3 });
  const fields = [
    textField(pageStrings.settings.chatTitle, 'title', { maxlength: 120, autocomplete: 'off' }),
    owner &&
      textField(strings.newGroup.name, 'name', {
        required: true,
        minlength: 2,
        maxlength: 32,
        autocomplete: 'off',
        autocapitalize: 'none',
      }),
    field(strings.newGroup.description, description),
    field(pageStrings.settings.admission, choice(strings.admissions, chat.admission, { name: 'admission' })),
    owner && lifetimeField(chat),
  ];
  const form = apiForm({ fields: fields.filter(Boolean), submit: pageStrings.settings.save, kind: 'plain' }, async (values) => {
    const present = valuesOf(model.chat);
    const changed = Object.entries(values).filter(([name, value]) => value !== present[name]);
    const body = Object.fromEntries(changed.map(([name, value]) => [name, toWire(name, value)]));
    if (changed.length > 0) await model.call('PATCH', model.path, { body });
    return accountStrings.saved;
  });
  form.update = (now) => {
    for (const [name, value] of Object.entries(valuesOf(now))) {
      const control = form.elements.namedItem(name);
      if (control && control !== document.activeElement) control.value = value;
    }
  };
  form.update(chat);
  return form;
}
