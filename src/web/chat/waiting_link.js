// Finds the link at which this browser waits to be let into a chat: a notification opens the chat before its page has seen the decision.

import { call, linkPath } from '../lib/api.js';
import * as session from '../lib/session.js';
import * as storage from '../lib/storage.js';

/** The link that leads into this chat by now; null if there is none. */
export async function linkInto(chatId) {
  for (const [link, knock] of storage.knocks()) {
    const credential = session.credentialOf(knock, 'client_id');
    const exchange = knock.chat_id ? null : await call('GET', linkPath(link), { credential }).catch(() => null);
    if (exchange?.chat_url?.endsWith(`/${chatId}`)) return link;
  }
  return null;
}
