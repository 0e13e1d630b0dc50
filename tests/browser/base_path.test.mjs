// Parlor under a base path behind nginx: pages, assets, URLs, documentation, storage.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sharedChromium } from './chromium.mjs';
import { ApiClient } from './api_client.mjs';
import { Nginx } from './nginx.mjs';
import { Person } from './person.mjs';
import { button, cards, eventually, isInside, says } from './fixtures/door.mjs';
import { PASSWORD, isSignedIn, signsIn } from './fixtures/account.mjs';
import { PUSH_FLAGS, PushService } from './push_service.mjs';
import { PushBrowser } from './push_browser.mjs';
import { CHAT } from './fixtures/push.mjs';
import { scanLink } from './qr_scanner.mjs';
import { Server } from './server.mjs';

/** Runs a test with a server under `/chat` and people who use it. */
async function below(play) {
  const nginx = await Nginx.reserved('/chat');
  const server = await Server.started(['--public-url', nginx.url, ...PUSH_FLAGS]);
  const browser = await sharedChromium();
  const people = [];
  try {
    await nginx.start(server.origin);
    const person = async () => {
      const one = await Person.arrives(browser, new URL(nginx.url).origin, new ApiClient(server.origin));
      people.push(one);
      return one;
    };
    await play({ person, url: nginx.url });
    await Promise.all(people.map((one) => one.leaves()));
  } finally {
    await server.kill();
    await nginx.stop();
  }
  assert.deepEqual(
    people.flatMap((one) => one.complaints),
    [],
  );
}

test('below a path people meet and talk as they do elsewhere', { timeout: 60_000 }, () =>
  below(async ({ person, url }) => {
    const [owner, guest] = [await person(), await person()];
    await owner.goes(`${url}/`);
    await owner.fills('Your name', 'Ana');
    await owner.presses('Open a chat');
    const link = await owner.page.getByLabel('Link', { exact: true }).first().inputValue();
    assert.ok(link.startsWith(`${url}/l/`), link);
    assert.ok(owner.page.url().startsWith(`${url}/c/`), owner.page.url());
    await owner.presses('QR code');
    assert.equal(await scanLink(owner), link);
    await guest.goes(link);
    await guest.fills('Your name', 'Ben');
    await button(guest, 'Knock').click();
    await guest.sees('You knocked');
    await cards(owner, 'Ben').getByRole('button', { name: 'Let in Ben' }).click();
    await isInside(guest);
    assert.ok(guest.page.url().startsWith(`${url}/c/`), guest.page.url());
    await says(guest, 'Hello from below');
    await owner.sees('Hello from below');
    const keys = await owner.page.evaluate(() => Object.keys(localStorage));
    assert.ok(keys.length > 0 && keys.every((key) => key.startsWith('parlor/chat.')), keys.join());
    await owner.goes(`${url}/`);
    await owner.page.locator('a[href^="/chat/c/"]').first().click();
    await owner.sees('Hello from below');
  }),
);

test('below a path people sign up, open a chat with their account, and sign out', { timeout: 60_000 }, () =>
  below(async ({ person, url }) => {
    const ana = await person();
    await ana.goes(`${url}/sign-up#/account`);
    await ana.fills('Username', 'ana');
    await ana.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await ana.presses('Make an account');
    await ana.page.waitForURL(`${url}/account`);
    await ana.page.getByRole('link', { name: 'Parlor' }).click();
    await isSignedIn(ana);
    await ana.presses('Open a chat');
    await ana.sees('Connected');
    const keys = await ana.page.evaluate(() => Object.keys(localStorage));
    assert.ok(keys.includes('parlor/chat.session') && keys.every((key) => key.startsWith('parlor/chat.')), keys.join());
    await ana.goes(`${url}/account`);
    await button(ana, 'Sign out').click();
    await ana.page.getByRole('link', { name: 'Sign in again' }).click();
    await signsIn(ana, 'ana');
    await isSignedIn(ana);
    assert.equal(ana.page.url(), `${url}/`);
  }),
);

test('SEC-139 below a path the service worker has that path only, and opens pages there', { timeout: 60_000 }, () =>
  below(async ({ person, url }) => {
    const service = await PushService.open();
    const ana = await person();
    const browser = await PushBrowser.of(ana, service);
    await ana.goes(`${url}/`);
    await ana.fills('Your name', 'Ana');
    await ana.presses('Open a chat');
    await button(ana, 'Chat').click();
    await ana.page.getByLabel(CHAT).check();
    await eventually(
      () => browser.state(),
      ({ scopes, endpoint }) => endpoint !== null && scopes.join() === `${url}/`,
    );
    const id = ana.page.url().split('/').at(-1);
    await ana.goes(`${url}/security`);
    const shown = await browser.pushes(JSON.stringify({ kind: 'knock', chat_id: id, title: 'Market', from: 'Ben' }));
    await browser.clicks(shown);
    assert.deepEqual((await browser.noted()).opened, [`${url}/c/${id}`]);
    assert.equal((await fetch(shown.icon)).status, 200);
    service.close();
  }),
);

test('below a path Swagger shows the API and asks it there', { timeout: 60_000 }, () =>
  below(async ({ person, url }) => {
    const reader = await person();
    await reader.goes(`${url}/docs`);
    await reader.page.getByText('/v1/chats', { exact: true }).first().waitFor();
    assert.equal(reader.page.url(), `${url}/docs/`);
    const document = await (await fetch(`${url}/openapi.json`)).json();
    assert.deepEqual(document.servers, [{ url: '/chat' }]);
    const security = await (await fetch(`${url}/.well-known/security.txt`)).text();
    assert.match(security, new RegExp(`^Contact: ${url}/security$`, 'm'));
  }),
);
