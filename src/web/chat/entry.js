// An entry of a conversation, whichever call or event it came by.

/** `{seq, kind, at, member, by, reason, chat, text, ref}`; `at` in milliseconds, null where it is not known. */
export function entryOf(kind, data) {
  const { seq, member = null, by = null, reason = null, chat = null, text = null, client_ref: ref = null } = data;
  const time = data.created_at ?? data.at;
  return { seq, kind, at: time ? Date.parse(time) : null, member, by, reason, chat, text, ref };
}

/** Entries from a page of messages and the page of the activity beside it: dense, in order, up to what both know. */
export function joined(messages, activity) {
  const said = new Map(messages.map((message) => [message.seq, message]));
  const entries = [];
  for (const item of activity) {
    const message = said.get(item.seq);
    if (item.kind === 'message' && !message) continue;
    entries.push(message ? entryOf('message', message) : entryOf(item.kind, item));
  }
  return entries;
}
