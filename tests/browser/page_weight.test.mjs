// The size of each page, and how soon it is usable on a slow connection.
import assert from 'node:assert/strict';

import { scene } from './environment.mjs';

const MAX_BYTES = 100 * 1024;

/** A slow mobile connection as in Lighthouse: 150 ms round trip, 1.6 Mbit/s, CPU slowed down four times. */
const SLOW = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };

/** Loads a path over a slow connection: bytes, requests, and milliseconds until `wanted` is usable. */
async function slowLoad(person, path, wanted) {
  const browser = await person.context.newCDPSession(person.page);
  const loads = [];
  const [had, fetched] = [new Set(), new Map()];
  browser.on('Network.requestServedFromCache', ({ requestId }) => had.add(requestId));
  browser.on(
    'Network.responseReceived',
    ({ requestId, response }) => response.fromDiskCache || had.has(requestId) || fetched.set(requestId, response.url),
  );
  browser.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => fetched.has(requestId) && loads.push(encodedDataLength));
  await browser.send('Network.enable');
  await browser.send('Network.emulateNetworkConditions', SLOW);
  await browser.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await person.context.addInitScript((selector) => {
    const looks = () => (document.querySelector(selector) ? (globalThis.usable = performance.now()) : requestAnimationFrame(looks));
    looks();
  }, wanted);
  await person.goes(path);
  await person.page.waitForFunction(() => globalThis.usable);
  const usable = Math.round(await person.page.evaluate(() => globalThis.usable));
  return { bytes: loads.reduce((sum, length) => sum + length, 0), requests: loads.length, usable, fetched: [...fetched.values()] };
}

const said = (name, { bytes, requests, usable }) =>
  console.log(`${name}: ${(bytes / 1024).toFixed(1)} KiB in ${requests} requests, usable after ${usable} ms on a slow telephone`);

const PAGES = {
  'the start page': [() => '/', 'button[type=submit]'],
  'a link’s page': [({ link }) => `/l/${link.link_id}`, 'button[type=submit]'],
  'a chat’s page': [({ chat }) => `/c/${chat.chat_id}`, '.message'],
};

for (const [name, [path, wanted]] of Object.entries(PAGES)) {
  scene(`${name} weighs less than 100 KiB the first time`, async (env) => {
    const ana = env.apiClient();
    const chat = await ana.opens();
    const link = await ana.makesLink(chat);
    for (let n = 0; n < 100; n += 1) await ana.writes(chat, `message ${n}`);
    const person = await env.person({ device: 'telephone' });
    await person.goes('/security');
    await person.holds(chat, { owner: true });
    const load = await slowLoad(person, path({ chat, link }), wanted);
    said(name, load);
    assert.ok(load.requests > 5 && load.bytes > 5_000, 'it was counted');
    assert.ok(load.bytes < MAX_BYTES, `${load.bytes} bytes`);
  });
}

scene('what a browser has of one page it does not ask for again on the next', async (env) => {
  const ana = env.apiClient();
  const chat = await ana.opens();
  await ana.writes(chat, 'hello');
  const person = await env.person({ device: 'telephone' });
  await person.goes('/l/none');
  await person.page.getByRole('button', { name: 'Knock' }).waitFor();
  await person.holds(chat, { owner: true });
  const load = await slowLoad(person, `/c/${chat.chat_id}`, '.message');
  said('a chat’s page after its link’s page', load);
  const has = (file) => load.fetched.some((url) => url.endsWith(file));
  assert.ok(has('/chat/chat_model.js'), 'what is new was asked for');
  for (const file of ['/lib/strings.js', '/lib/api.js', '/styles/theme.css']) assert.ok(!has(file), file);
});
