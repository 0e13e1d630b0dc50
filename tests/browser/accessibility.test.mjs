// Accessibility of every screen: phone and desktop, light and dark, keyboard only, screen reader.
import assert from 'node:assert/strict';

import { scene } from './environment.mjs';
import { accountTour } from './fixtures/account_tour.mjs';
import { chatsTour } from './fixtures/chats_tour.mjs';
import { tour } from './fixtures/tour.mjs';

/** The devices that each screen is checked with, and the colour schemes. */
const GLASSES = {
  desktop: [{ device: 'desktop' }, ['light', 'dark']],
  telephone: [{ device: 'telephone' }, ['light', 'dark']],
  narrow: [{ viewport: { width: 320, height: 640 } }, ['light']],
};

/** Defines a tour of `visit` with one of the devices, on which each screen is checked. */
function tourScene(title, visit, name) {
  const [options, schemes] = GLASSES[name];
  const play = async (env) => {
    const person = await env.person(options);
    await visit(env, person, async (screen) => {
      for (const colorScheme of schemes) {
        await person.page.emulateMedia({ colorScheme });
        await person.picture(`${screen}-${name}-${colorScheme}`, { fullPage: screen === 'account' });
        await person.canBeAnybody();
        const wider = await person.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(wider, 0, `${screen} is wider than the screen`);
      }
    });
  };
  scene(`${title}, ${name}`, play, { timeout: 120_000 });
}

for (const name of Object.keys(GLASSES)) tourScene('every screen is there for anybody', tour, name);
for (const name of ['desktop', 'narrow']) tourScene('every page of accounts is there for anybody', accountTour, name);

for (const name of Object.keys(GLASSES)) tourScene('every list and every dialog of chats is there for anybody', chatsTour, name);

/** Returns the name of the focused element; fails if its focus is not visible. */
async function focused({ page }) {
  const { name, seen } = await page.evaluate(() => {
    const element = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const named = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
    return { name: named.trim(), seen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 };
  });
  assert.ok(seen, `nobody sees that ${name} has the focus`);
  return name;
}

/** Presses Tab until an element of that name has the focus. */
async function tabsTo(person, name) {
  const passed = [];
  for (let steps = 0; steps < 40; steps += 1) {
    await person.page.keyboard.press('Tab');
    const here = await focused(person);
    if (here.startsWith(name)) return;
    passed.push(here);
  }
  throw new Error(`no way to ${name}: ${passed.join(', ')}`);
}

scene('a chat is opened, shared, a guest let in and written to by keyboard alone', async (env) => {
  const ana = await env.person();
  const { keyboard } = ana.page;
  await ana.goes('/');
  await tabsTo(ana, 'Your name');
  await keyboard.type('Ana');
  await tabsTo(ana, 'Open a chat');
  await keyboard.press('Enter');
  await ana.page.locator('.link').waitFor();
  await tabsTo(ana, 'Link');
  const address = await ana.page.getByLabel('Link', { exact: true }).inputValue();
  await keyboard.press('Escape');
  assert.equal(await ana.page.getByRole('complementary').count(), 0, 'the side is closed');
  const ben = env.apiClient();
  await ben.knocks({ link_id: address.split('/').at(-1) });
  await ana.page.getByRole('button', { name: 'Let in Ben' }).waitFor();
  await tabsTo(ana, 'Let in Ben');
  await keyboard.press('Enter');
  await ana.sees('came in');
  // The focus is in the message field.
  await ana.page.waitForFunction(() => document.activeElement.getAttribute('aria-label') === 'Message');
  await keyboard.type('Hello Ben');
  await keyboard.press('Enter');
  await ana.page.locator('.message', { hasText: 'Hello Ben' }).waitFor();
});

scene('what happens is said to who cannot see it, and every part of the page has a name', async (env) => {
  const owner = await env.person();
  const ana = env.apiClient();
  const chat = await ana.opens({ title: 'Sunday' });
  const link = await ana.makesLink(chat);
  await owner.goes('/');
  await owner.holds(chat, { owner: true });
  await owner.goes(`/c/${chat.chat_id}`);
  for (const [role, name] of [
    ['banner'],
    ['main'],
    ['navigation', 'Chat'],
    ['region', 'Conversation'],
    ['heading', 'Sunday'],
    ['textbox', 'Message'],
  ]) {
    await owner.page.getByRole(role, { name }).first().waitFor();
  }
  assert.equal(await owner.page.getAttribute('html', 'lang'), 'en');
  const ben = env.apiClient();
  await ben.knocks(link);
  await owner.page.getByRole('alert').filter({ hasText: 'Ben knocks' }).waitFor();
  await ana.lets(link);
  await ben.writes(chat, 'good evening');
  await owner.page.getByRole('log').filter({ hasText: 'Ben: good evening' }).waitFor();
  await owner.page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();
});

scene('nothing moves for who wants no motion', async (env) => {
  const link = await (async (ana) => ana.makesLink(await ana.opens()))(env.apiClient());
  for (const [reducedMotion, animation] of [
    ['no-preference', 'breathe'],
    ['reduce', 'none'],
  ]) {
    const ben = await env.person({ reducedMotion });
    await ben.goes(`/l/${link.link_id}`);
    await ben.fills('Your name', `Ben ${animation}`);
    await ben.presses('Knock');
    await ben.sees('Your two words');
    assert.equal(await ben.page.locator('.waiting').evaluate((element) => getComputedStyle(element).animationName), animation);
  }
});
