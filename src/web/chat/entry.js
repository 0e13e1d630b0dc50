// Entries of a conversation, in one form whatever call or event they come from.

/**
 * `{seq, kind, at, member, by, reason, chat, ref, message, target, change}`; `at` is in milliseconds, null if unknown. A message has its
 * content as `message`; an edit, a deletion and a reaction have the number of what they change as `target`, and the event as `change`.
 */
export function toEntry(kind, data) {
  const { seq, member = null, by = null, reason = null, chat = null, client_ref: ref = null, target = null } = data;
  const time = data.created_at ?? data.at;
  const message = kind === 'message' ? toMessage(data) : null;
  return { seq, kind, at: time ? Date.parse(time) : null, member, by, reason, chat, ref, message, target, change: target && data };
}

/** The content of a message as it is now: `{deleted, text, html, image, video, replyTo, reactions, editedAt}`. */
export function toMessage({ kind, text = '', html = null, image = null, video = null, reply_to = null, reactions = [], edited_at = null }) {
  const editedAt = edited_at && Date.parse(edited_at);
  return { deleted: kind === 'deleted', text: text ?? '', html, image, video, replyTo: reply_to, reactions, editedAt };
}

/** Applies an edit, a deletion or a reaction to a message; returns false if it says too little. */
export function applyChange(target, { kind, change }) {
  if (kind === 'reaction') return applyReaction(target, change);
  if (!change.message) return false;
  target.message = toMessage(change.message);
  return true;
}

/** Sets the count of an emoji, and whether a member is among those who chose it. */
function applyReaction(target, { emoji, member, added, count }) {
  if (!emoji || !member) return false;
  const others = target.message.reactions.find((reaction) => reaction.emoji === emoji)?.members.filter((id) => id !== member.id) ?? [];
  const reaction = { emoji, count, members: added ? [...others, member.id] : others };
  const { reactions } = target.message;
  const at = reactions.findIndex((known) => known.emoji === emoji);
  const changed = at < 0 ? [...reactions, reaction] : reactions.with(at, reaction);
  target.message = { ...target.message, reactions: changed.filter((known) => known.count > 0) };
  return true;
}

/** Empties a message if it is this member's, or takes back the member's reactions to it; returns true if it has changed. */
export function eraseMember(entry, id, name) {
  const { member, message } = entry;
  if (member?.id === id) {
    entry.member = { ...member, name, username: null };
    entry.message = toMessage({ kind: 'deleted' });
    return true;
  }
  const without = ({ count, members, ...reaction }) =>
    members.includes(id)
      ? { ...reaction, count: count - 1, members: members.filter((other) => other !== id) }
      : { ...reaction, count, members };
  const reactions = message.reactions.map(without).filter(({ count }) => count > 0);
  const hasChanged = message.reactions.some(({ members }) => members.includes(id));
  entry.message = { ...message, reactions };
  return hasChanged;
}

/** Merges a page of messages and the page of activity into consecutive entries, as far as both reach. */
export function mergeEntries(messages, activity) {
  const said = new Map(messages.map((message) => [message.seq, message]));
  const entries = [];
  for (const item of activity) {
    const message = said.get(item.seq);
    if (item.kind === 'message' && !message) continue;
    entries.push(message ? toEntry('message', message) : toEntry(item.kind, item));
  }
  return entries;
}
