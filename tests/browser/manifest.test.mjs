// The web app manifest: Parlor can be put on the home screen, which iPhones require for notifications.
import assert from 'node:assert/strict';

import { PNG } from 'pngjs';

import { scene } from './environment.mjs';

/** What Chromium makes of the manifest of a page: `{manifest, errors, obstacles}`. */
async function installable({ context, page }) {
  const browser = await context.newCDPSession(page);
  const { data, errors, manifest } = await browser.send('Page.getAppManifest');
  const { installabilityErrors } = await browser.send('Page.getInstallabilityErrors');
  // A profile of a test is a private window, which installs nothing.
  const obstacles = installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito');
  return { data: JSON.parse(data), manifest, errors, obstacles };
}

scene('every page can be installed as the whole of Parlor', async (env) => {
  const person = await env.person();
  for (const path of ['/', '/l/x', '/c/x', '/sign-in', '/account', '/security']) {
    person.expects(/status of 404/);
    await person.goes(path);
    const { manifest, errors, obstacles } = await installable(person);
    assert.deepEqual([errors, obstacles], [[], []], path);
    const { startUrl, scope, id } = manifest;
    assert.deepEqual([startUrl, scope, id], [`${env.origin}/`, `${env.origin}/`, `${env.origin}/`], path);
  }
});

scene('the icons of the home screen are there, in their sizes, and fill its shapes', async (env) => {
  const person = await env.person();
  await person.goes('/');
  const { data } = await installable(person);
  assert.deepEqual([data.name, data.display], ['Parlor', 'standalone']);
  const home = await person.page.locator('link[rel=manifest]').getAttribute('href');
  const touch = await person.page.locator('link[rel=apple-touch-icon]').getAttribute('href');
  const read = async (path) => PNG.sync.read(Buffer.from(await (await fetch(new URL(path, env.origin + home))).arrayBuffer()));
  const sizes = new Set();
  for (const { src, sizes: said, type, purpose } of data.icons.filter(({ sizes: size }) => size !== 'any')) {
    const { width, height, data: pixels } = await read(src);
    assert.deepEqual([`${width}x${height}`, type], [said, 'image/png'], src);
    sizes.add(`${said} ${purpose}`);
    assert.equal(pixels[3] === 255, purpose === 'maskable', `${src}: a mask needs a corner to cut`);
  }
  assert.deepEqual([...sizes].sort(), ['192x192 any', '192x192 maskable', '512x512 any', '512x512 maskable']);
  assert.equal((await read(touch)).data[3], 255, 'iPhones fill what is transparent with black');
});
