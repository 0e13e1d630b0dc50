// Many knocks: pages, search, bulk decisions, and no interference with what the owner does.
import assert from 'node:assert/strict';

import { button, cards, door, eventually, ownerInside, pending, settled } from './fixtures/door.mjs';
import { audible, looksAway, installSpies, recorded } from './browser_spies.mjs';
import { answers, eventuallyEquals } from './fixtures/conversation.mjs';
import { scene } from './environment.mjs';

/** Limit for the page's work in one task. The measured time is printed, since the machine may be busy. */
const LONG_TASK = 50;

const title = (owner) => door(owner).getByRole('heading', { level: 2 }).textContent();
const names = (owner) => owner.page.locator('.knock-name').allTextContents();
const numbered = (from, to) => Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => `Guest ${from < to ? from + i : from - i}`);

/** Number of knocks, spread over several links: one visitor may hold a quarter of a link's capacity. */
async function crowd(env, { owner, chat }, knocking, links = []) {
  const [first, last] = [knocking[0], knocking.at(-1)];
  while (links.length < Math.ceil(knocking.length / 200)) links.push(await owner.api.makesLink(chat));
  for (const [i, name] of knocking.entries()) {
    await env.apiClient().knocks(links[i % links.length], { name, note: `${name} of ${first} to ${last}` });
  }
  return links;
}

/** Waits until this many knocks are pending. */
const atDoor = (owner, count) => eventuallyEquals(() => title(owner), `${count} people are at the door`);

scene('a crowd is shown in part, the newest first, and more of it when asked for', async (env) => {
  const inside = await ownerInside(env);
  const { owner, link } = inside;
  await owner.goes('/');
  await crowd(env, inside, numbered(1, 45), [link]);
  await owner.page.reload();
  await owner.sees('45 knock');
  await owner.goes(`/c/${inside.chat.chat_id}`);
  await atDoor(owner, 45);
  await eventuallyEquals(() => names(owner), numbered(45, 26));
  await owner.sees('and 25 more');
  await button(owner, 'Show 20 more').click();
  await eventuallyEquals(() => names(owner), numbered(45, 6));
  assert.equal(await owner.page.evaluate(() => document.activeElement.ariaLabel), 'Let in Guest 25');
  await button(owner, 'Show 5 more').click();
  await eventuallyEquals(() => names(owner), numbered(45, 1));
  assert.equal(await button(owner, 'Show 5 more').count(), 0);
});

scene('who knocks while more than one part waits moves no card, and is shown when asked for', async (env) => {
  const inside = await ownerInside(env);
  const { owner, link } = inside;
  await crowd(env, inside, numbered(1, 25), [link]);
  await atDoor(owner, 25);
  await eventuallyEquals(async () => (await names(owner)).length, 20);
  await settled(owner);
  const shown = await names(owner);
  const [newest] = shown;
  const before = Number(newest.slice(6));
  await crowd(env, inside, numbered(26, 30), [link]);
  await atDoor(owner, 30);
  assert.deepEqual(await names(owner), shown);
  await owner.page.keyboard.press('Alt+n');
  await eventuallyEquals(async () => (await names(owner))[0], `Guest ${before - 1}`);
  await button(owner, `${30 - before} more have knocked: show them`).click();
  await eventuallyEquals(async () => (await names(owner)).slice(0, 5), numbered(30, 26));
});

scene('a card that comes in above others takes no click or key that was meant for them', async (env) => {
  const { owner, link } = await ownerInside(env);
  await env.apiClient().knocks(link, { name: 'Ben' });
  await cards(owner, 'Ben').waitFor();
  await owner.page.evaluate(() => {
    new MutationObserver(() => {
      const list = document.querySelector('.knock-list');
      if (list.children.length < 2) return;
      const { x, y } = list.firstElementChild.querySelector('.primary').getBoundingClientRect();
      globalThis.hit = document.elementFromPoint(x + 5, y + 5).closest('button')?.ariaLabel ?? 'nobody';
      document.dispatchEvent(new KeyboardEvent('keydown', { key: 'y', code: 'KeyY', altKey: true }));
    }).observe(document.querySelector('.knock-list'), { childList: true });
  });
  await env.apiClient().knocks(link, { name: 'Cleo' });
  await owner.sees('Ben came in');
  assert.equal(await owner.page.evaluate(() => globalThis.hit), 'nobody');
  assert.deepEqual(await names(owner), ['Cleo']);
  await settled(owner);
  await button(owner, 'Let in Cleo').click();
  await owner.sees('Cleo came in');
});

scene('more than a dozen can be searched through, by name or by words', async (env) => {
  const inside = await ownerInside(env);
  const { owner, chat, link } = inside;
  const filter = door(owner).getByLabel('Find by name or words');
  await crowd(env, inside, numbered(1, 12), [link]);
  await atDoor(owner, 12);
  assert.ok(await filter.isHidden(), 'a dozen is seen at one glance');
  await crowd(env, inside, [...numbered(13, 29), 'Élodie'], [link]);
  await atDoor(owner, 30);
  await filter.fill('elodie');
  await eventuallyEquals(() => names(owner), ['Élodie']);
  await owner.sees('1 fits');
  const { code } = (await pending(owner, chat)).find(({ name }) => name === 'Guest 7');
  await filter.fill(code);
  await eventuallyEquals(() => names(owner), ['Guest 7']);
  await filter.fill('nobody of that name');
  await owner.sees('Nobody at the door fits.');
  await filter.fill('guest 1');
  await owner.sees('11 fit');
  await button(owner, 'Decline many…').click();
  await answers(owner, 'Decline 11 knocks?', 'Decline all of them');
  await owner.sees('Nobody at the door fits.');
  await filter.fill('');
  await atDoor(owner, 19);
  assert.deepEqual((await pending(owner, chat)).map(({ name }) => name).sort(), [...numbered(2, 9), ...numbered(20, 29), 'Élodie'].sort());
});

scene(
  'a class is let in by one decision, those shown or all; whoever is left is declined by one',
  async (env) => {
    const inside = await ownerInside(env);
    const { owner, chat } = inside;
    const links = await crowd(env, inside, numbered(1, 300));
    await atDoor(owner, 300);
    await button(owner, 'Decline many…').click();
    await answers(owner, 'Whom do you decline?', 'Cancel');
    assert.equal((await owner.api.calls('GET', `/v1/chats/${chat.chat_id}/knocks?status=pending&limit=200`)).has_more, true);
    await button(owner, 'Let many in…').click();
    await answers(owner, 'Whom do you let in?', 'The 20 shown');
    await atDoor(owner, 280);
    await eventuallyEquals(async () => (await names(owner)).length, 20);
    await button(owner, 'Let many in…').click();
    await answers(owner, 'Whom do you let in?', 'All 280');
    await door(owner).waitFor({ state: 'hidden' });
    await owner.page.getByText('301 people').first().waitFor();
    await crowd(env, inside, numbered(301, 330), links);
    await atDoor(owner, 30);
    await button(owner, 'Decline many…').click();
    await answers(owner, 'Whom do you decline?', 'All 30');
    await door(owner).waitFor({ state: 'hidden' });
    assert.deepEqual(await pending(owner, chat), []);
  },
  { timeout: 120_000 },
);

scene('who goes away while many are decided about holds nobody up, and a link lets in no more than it may', async (env) => {
  const inside = await ownerInside(env, { link: { max_uses: 3 } });
  const { owner, chat, link } = inside;
  await crowd(env, inside, numbered(1, 4), [link]);
  const leaving = env.apiClient();
  const knock = await leaving.knocks(await owner.api.makesLink(chat), { name: 'Leaving' });
  await atDoor(owner, 5);
  owner.expects(/status of 409/);
  await owner.page.route(
    '**/v1/approval',
    async (route) => {
      await leaving.withdraws(knock.link_url ? { link_id: knock.link_url.split('/').at(-1) } : link, knock);
      await route.continue();
    },
    { times: 1 },
  );
  await button(owner, 'Let all of them in').click();
  await answers(owner, 'Let in 5 people?', 'Let all of them in');
  await eventuallyEquals(() => names(owner), ['Guest 4']);
  await owner.sees('This link has let in as many as it may.');
  assert.equal((await owner.api.calls('GET', `/v1/chats/${chat.chat_id}/members`)).items.length, 4);
});

scene(
  'a thousand who knock at once hold up nobody: 20 cards, one sound, and the title says how many',
  async (env) => {
    const owner = await env.person();
    await installSpies(owner, { standing: 'granted' });
    await owner.context.addInitScript(() => {
      globalThis.tasks = [];
      new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => globalThis.tasks.push(duration))).observe({
        type: 'longtask',
      });
      localStorage.setItem('parlor.telling', JSON.stringify({ sound: true, notify: true }));
    });
    const inside = await ownerInside(env, { owner });
    await owner.page.getByLabel('Message', { exact: true }).click();
    await audible(owner);
    await looksAway(owner);
    const links = [];
    while (links.length < 5) links.push(await owner.api.makesLink(inside.chat));
    await owner.page.evaluate(() => (globalThis.tasks = []));
    for (let from = 0; from < 1_000; from += 50)
      await Promise.all(Array.from({ length: 50 }, (_, i) => env.apiClient().knocks(links[i % 5], { name: `Guest ${from + i}` })));
    await atDoor(owner, '1,000');
    await eventuallyEquals(() => owner.page.title(), '(1000) Sunday');
    await eventuallyEquals(async () => (await names(owner)).length, 20);
    const { sounds, notifications } = await eventually(
      () => recorded(owner),
      (noted) => noted.notifications.length > 1,
    );
    assert.equal(sounds.length, 1);
    assert.ok(notifications.length <= 7, `${notifications.length} notifications`);
    assert.match(notifications.at(-1).body, /^[\d,]+ people are at the door$/);
    const held = await owner.page.evaluate(() => globalThis.tasks);
    console.log(`tasks above ${LONG_TASK} ms while a thousand knocked: ${held.length}, the longest ${Math.max(0, ...held)} ms`);
    await owner.page.reload();
    await atDoor(owner, '1,000');
    await eventuallyEquals(async () => (await names(owner)).length, 20);
    await owner.canBeAnybody();
  },
  { timeout: 180_000, long: true },
);
