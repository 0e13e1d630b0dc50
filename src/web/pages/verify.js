// The page that a mail leads to, where its reader confirms that the address is theirs.

import { call } from '../lib/api.js';
import { mainLink, paragraph, showCard, startPage } from '../lib/account_page.js';
import { apiForm } from '../lib/form.js';
import { strings } from '../lib/account_strings.js';

const t = strings.verify;
/** The token, which leaves the page's URL and the history at once. A link opened in the same page brings another one. */
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);

function start() {
  if (!token) return showCard(t.missing, paragraph(t.missingText), mainLink('/account', t.account));
  const form = apiForm({ 'aria-label': t.title, submit: t.submit, fields: [] }, async () => {
    await call('POST', '/v1/email-verifications', { body: { token } });
    showCard(t.done, paragraph(t.doneText), mainLink('/account', t.account));
  });
  showCard(t.title, paragraph(t.lead), form);
}

startPage(t.title, start);
addEventListener('hashchange', () => location.reload());
