// What one may do about a member: change the role, hand the group over, remove.

import { confirmDialog } from '../lib/confirm_dialog.js';
import { button } from '../lib/dom.js';
import { menuItem, toggleMenu } from '../lib/popup_menu.js';
import { isolatedName, plainText } from '../lib/safe_text.js';
import { strings } from '../lib/group_strings.js';
import { strings as pageStrings } from '../lib/strings.js';

const t = strings.members;

/** The changes of role that the reader may make, `[role, text, icon]` each; only accounts have offices. */
function rolesFor({ chat, owner }, { role, username }) {
  if (!owner || chat.kind !== 'group' || !username) return [];
  return [role === 'admin' ? ['member', t.demote, 'person'] : ['admin', t.promote, 'check'], ['owner', t.handOver, 'door']];
}

/** What one may do about a member, `[text, icon, action]` each. */
function actionsFor(model, member) {
  const { chat, me, path } = model;
  const name = isolatedName(member.name);
  const own = `${path}/members/${member.id}`;
  const setRole = async (role) => {
    if (role === 'owner' && !(await confirmDialog(t.handOverSure(name), t.handOverText, [[true, t.handOver]]))) return;
    await model.call('PATCH', own, { body: { role } });
  };
  const remove = async () => {
    const text = chat.kind === 'group' ? t.removeText : pageStrings.members.removeText;
    if (await confirmDialog(pageStrings.members.removeSure(name), text, [[true, t.remove]])) await model.call('DELETE', own);
  };
  const isRemovable = chat.kind === 'group' || chat.admission === 'knock';
  if (!me || member.id === me.id || member.role === 'owner') return [];
  return [
    ...rolesFor(model, member).map(([role, text, icon]) => [text, icon, () => setRole(role)]),
    ...(model.mayRemove(member) && isRemovable ? [[t.remove, 'close', remove]] : []),
  ];
}

/** The button of a member's row, with a menu where there is a choice; null if one may do nothing. `attempt(action)` shows its problem. */
export function memberButton(model, member, attempt) {
  const actions = actionsFor(model, member);
  const name = plainText(member.name);
  if (actions.length === 0) return null;
  if (actions.length === 1) {
    const [[text, , action]] = actions;
    const label = text === t.remove ? pageStrings.members.removeName(name) : t.more(name);
    return button(text, { class: 'quiet small', 'aria-label': label, onClick: () => attempt(action) });
  }
  const props = { icon: 'more', class: 'quiet small', 'aria-label': t.more(name), 'aria-haspopup': 'menu', 'aria-expanded': 'false' };
  const items = () => actions.map(([text, icon, action]) => menuItem(text, { icon, onChoose: () => attempt(action) }));
  const opener = button('', { ...props, onClick: () => toggleMenu(opener, t.more(name), items()) });
  return opener;
}
