// Entries of a conversation, in one form whatever call or event they come from.

/** `{seq, kind, at, member, by, reason, chat, text, ref}`; `at` is in milliseconds, null if unknown. */
export function toEntry(kind, data) {
  const { seq, member = null, by = null, reason = null, chat = null, text = null, client_ref: ref = null } = data;
  const time = data.created_at ?? data.at;
  return { seq, kind, at: time ? Date.parse(time) : null, member, by, reason, chat, text, ref };
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
