// The offer to one who waits at a link: to be told of the decision when the page is closed.

import { account, guest } from './push.js';
import { strings as t } from './push_strings.js';
import { pushSwitch } from './push_switch.js';

export const pushOffer = (link, asAccount) =>
  pushSwitch(asAccount ? account : guest(link), { label: t.door, hint: t.doorHint, hasText: false });
