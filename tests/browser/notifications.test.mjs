// Notifications of a user who looks elsewhere: title, sound, notification; limited in rate, without content.
import assert from 'node:assert/strict';

import { button, cards, eventually, ownerInside, says } from './fixtures/door.mjs';
import { audible, looksAway, looksBack, installSpies, recorded } from './browser_spies.mjs';
import { scene } from './environment.mjs';

const KNOCK = 150;
const SOUND = 'Sound when somebody knocks, or writes while I look elsewhere';
const NOTIFY = 'Notifications while I look elsewhere';

/**
 * An owner whose page has spies installed, after a first click, and a guest without a browser: `{owner, chat, link, guest}`. With `clock`
 * the time of the page can be advanced.
 */
async function attended(env, { clock = false, ...permissions } = {}) {
  const owner = await env.person();
  await installSpies(owner, permissions);
  if (clock) await owner.page.clock.install();
  const inside = await ownerInside(env, { owner });
  const guest = await enters(env, inside);
  await owner.sees('Ben came in');
  await owner.page.getByLabel('Message', { exact: true }).click();
  await audible(owner);
  return { ...inside, guest };
}

async function enters(env, { owner, link }) {
  const guest = env.apiClient();
  const { knock_id } = await guest.knocks(link);
  await owner.api.lets(link, { knock_id });
  await cards(owner, 'Ben').waitFor({ state: 'detached' });
  return guest;
}

/** Changes the notification settings of the owner's device. */
async function chooses(owner, label, wanted) {
  await button(owner, 'Chat').click();
  await owner.page.getByLabel(label).setChecked(wanted);
  await button(owner, 'Close').click();
}

const titled = ({ page }, title) => page.waitForFunction((wanted) => document.title === wanted, title);

/** Waits until enough has been recorded. */
const tells = (person, enough) => eventually(() => recorded(person), enough);

scene('the title of the tab counts who knocks and what was not read', async (env) => {
  const { owner, chat, link, guest } = await attended(env);
  await titled(owner, 'Sunday');
  await env.apiClient().knocks(link, { name: 'Cleo' });
  await titled(owner, '(1) Sunday');
  await guest.writes(chat, 'seen at once');
  await owner.sees('seen at once');
  await titled(owner, '(1) Sunday');
  await looksAway(owner);
  for (const text of ['one', 'two']) await guest.writes(chat, text);
  await titled(owner, '(3) Sunday');
  await looksBack(owner);
  await titled(owner, '(1) Sunday');
  await button(owner, 'Decline Cleo').click();
  await titled(owner, 'Sunday');
});

scene("a knock is heard in any case, a message by who looks elsewhere, one's own by nobody", async (env) => {
  const { owner, chat, link, guest } = await attended(env, { standing: 'granted', clock: true });
  const soundsLater = async () => {
    await owner.page.clock.runFor(1_100);
    return (await recorded(owner)).sounds.map(({ frequency }) => frequency === KNOCK);
  };
  await guest.writes(chat, 'seen at once');
  await owner.sees('seen at once');
  assert.deepEqual(await soundsLater(), []);
  await env.apiClient().knocks(link, { name: 'Cleo' });
  await tells(owner, ({ sounds }) => sounds.length > 0);
  assert.deepEqual(await soundsLater(), [true]);
  await looksAway(owner);
  await says(owner, 'my own');
  await owner.page.locator('.message:not(.unsent) .text', { hasText: 'my own' }).waitFor();
  assert.deepEqual(await soundsLater(), [true]);
  await guest.writes(chat, 'not seen');
  await tells(owner, ({ sounds }) => sounds.length > 1);
  assert.deepEqual(await soundsLater(), [true, false]);
  const { asked, notifications } = await recorded(owner);
  assert.deepEqual([asked, notifications], [0, []], 'nobody is notified who did not ask for it');
});

scene('notifications are shown to who asked for them and looks elsewhere; they name who, never what', async (env) => {
  const { owner, chat, link, guest } = await attended(env);
  await chooses(owner, NOTIFY, true);
  assert.equal((await recorded(owner)).asked, 1);
  await env.apiClient().knocks(link, { name: 'Cleo', note: 'a secret note' });
  await tells(owner, (noted) => noted.sounds.length === 1);
  assert.deepEqual((await recorded(owner)).notifications, [], 'who looks is not notified');
  await looksAway(owner);
  await guest.writes(chat, 'a secret message');
  await tells(owner, (noted) => noted.notifications.length === 1);
  await env.apiClient().knocks(link, { name: 'Dan', note: 'a secret note' });
  const { notifications } = await tells(owner, (noted) => noted.notifications.length === 2);
  assert.deepEqual(
    notifications.map(({ title, body }) => [title, body]),
    [
      ['Sunday', 'Ben wrote'],
      ['Sunday', 'Dan knocks'],
    ],
  );
  await looksBack(owner);
  assert.ok(
    (await recorded(owner)).notifications.every(({ closed }) => closed),
    'who looks again has them no longer',
  );
});

scene('a browser that allows no notifications says so, and asks no more of its owner', async (env) => {
  const { owner } = await attended(env, { answer: 'denied' });
  await button(owner, 'Chat').click();
  await owner.page.getByLabel(NOTIFY).click();
  await owner.sees('This browser does not allow notifications here.');
  assert.equal(await owner.page.getByLabel(NOTIFY).isChecked(), false);
});

scene('nothing sounds where sound is off, also after coming back', async (env) => {
  const { owner, chat, link, guest } = await attended(env);
  await chooses(owner, SOUND, false);
  await owner.page.reload();
  await owner.sees('Connected');
  await chooses(owner, NOTIFY, true);
  await audible(owner);
  await looksAway(owner);
  await env.apiClient().knocks(link, { name: 'Cleo' });
  await tells(owner, (noted) => noted.notifications.length === 1);
  await guest.writes(chat, 'not heard');
  const { sounds } = await tells(owner, (noted) => noted.notifications.length === 2);
  assert.deepEqual(sounds, []);
});

/** The number of knocks that notifications mention. */
const spokenOf = (notifications) => notifications.reduce((sum, { body }) => sum + Number(/^(\d+) people/.exec(body)?.[1] ?? 1), 0);

/** A second, less what a busy machine takes between a decision and its record. */
const SECOND = 900;

/** The shortest interval between two of these. */
const gap = (noted) => Math.min(...noted.slice(1).map(({ at }, i) => at - noted[i].at));

/** Twenty links, each with a capacity of three pending knocks. */
async function flood(env, { owner, chat }) {
  const links = await Promise.all(Array.from({ length: 20 }, () => owner.api.makesLink(chat)));
  const knock = (n) => env.apiClient().knocks(links[n % 20], { name: `Guest ${n}` });
  return (from, to) => Promise.all(Array.from({ length: to - from }, (_, i) => knock(from + i)));
}

scene('SEC-025 sixty knocks are at most one sound and one notification a second, and hold up no message', async (env) => {
  const inside = await attended(env);
  const { owner, chat, guest } = inside;
  await chooses(owner, NOTIFY, true);
  await looksAway(owner);
  const knock = await flood(env, inside);
  await knock(0, 30);
  const rest = knock(30, 60);
  const { seq } = await guest.writes(chat, 'in the middle of it');
  const written = Date.now();
  await owner.page.locator(`[data-seq="${seq}"]`, { hasText: 'in the middle of it' }).waitFor();
  assert.ok(Date.now() - written < 2_000, 'a message comes while they knock');
  await rest;
  await titled(owner, '(61) Sunday');
  const { sounds, notifications } = await tells(owner, (noted) => spokenOf(noted.notifications) >= 60);
  for (const noted of [notifications, sounds]) {
    assert.ok(noted.length >= 1 && noted.length <= 15, `${noted.length} times`);
    assert.ok(gap(noted) >= SECOND, `${gap(noted)} ms between two`);
  }
});
