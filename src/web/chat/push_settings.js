// Push notifications of a chat: for a member without an account in this browser, for an account in all its browsers.

import { el } from '../lib/dom.js';
import { checkField } from '../lib/form.js';
import { problemMessage } from '../lib/layout.js';
import { account, member, watch } from '../lib/push.js';
import { strings } from '../lib/push_strings.js';
import { messageOf, pushSwitch } from '../lib/push_switch.js';

const t = strings;

/** The switch that mutes a chat of an account; empty until it is known whether it is muted. */
export function muteSwitch(model) {
  const fault = problemMessage();
  const field = checkField(t.unmuted, 'unmuted', { hint: t.unmutedHint });
  const box = field.querySelector('input');
  const place = el('div', { hidden: true }, field, fault);
  box.addEventListener('change', async () => {
    fault.show('');
    try {
      await model.call(box.checked ? 'DELETE' : 'PUT', `${model.path}/mute`);
      model.emit('muted');
    } catch (problem) {
      box.checked = !box.checked;
      fault.show(messageOf(problem));
    }
  });
  model.list('/v1/chats').then(
    (items) => {
      box.checked = !items.find(({ chat_id: id }) => id === model.id)?.muted;
      place.hidden = false;
    },
    () => null,
  );
  return place;
}

/** The settings; null for one who only reads. */
export function pushSettings(model) {
  if (!model.me) return null;
  watch(({ chat_id: id }) => id === model.id);
  const isOwn = typeof model.credential === 'string';
  const switches = isOwn
    ? [pushSwitch(member(model.id), { label: t.chat, hint: t.when })]
    : [pushSwitch(account, { label: t.account, hint: `${t.allChats} ${t.when}` }), model.chat.kind !== 'direct' && muteSwitch(model)];
  return el('fieldset', { class: 'stack' }, el('legend', {}, t.title), switches.filter(Boolean));
}
