// Forgets what this browser stores, with the push notifications that belong to it.

import * as storage from './storage.js';

/** Forgets something; where somebody was told by push notifications, those who are gone are told no more. */
function forget(action) {
  const wasUsed = storage.usesPush();
  action();
  if (wasUsed)
    import('./push.js').then(
      ({ release }) => release(),
      () => null,
    );
}

export const forgetChat = (id) => forget(() => storage.forgetChat(id));
export const forgetKnock = (link) => forget(() => storage.forgetKnock(link));
export const forgetSession = () => forget(storage.forgetSession);
