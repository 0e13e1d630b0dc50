// The QR code of a link: it scans at any size, and the page reports an image that does not load.
import assert from 'node:assert/strict';

import { scene } from './environment.mjs';
import { button, ownerInside } from './fixtures/door.mjs';
import { scan, scanLink } from './qr_scanner.mjs';
import { seededRandom } from './seeded_random.mjs';
import { Server } from './server.mjs';

/** Capacity in bytes of versions 1 to 10 at error correction level M (ISO/IEC 18004, table 7). */
const CAPACITY_M = [14, 26, 42, 62, 84, 106, 122, 152, 180, 213];

const LONG_URL = 'https://chat.parlor.example.org/a/path/that/is/quite/long/before/parlor';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A well-formed link id: the two spare bits of its last character are zero. */
function randomId(roll) {
  const id = Array.from({ length: 26 }, () => ALPHABET[roll(64)]);
  return [...id, ALPHABET[4 * roll(16)]].join('');
}

/** Shows an image of this width alone on a page. */
async function showsImage({ page }, src, width) {
  const load = async ([address, side]) => {
    const image = document.createElement('img');
    Object.assign(image, { src: address, width: side, alt: 'code' });
    await image.decode();
    document.body.replaceChildren(image);
  };
  await page.evaluate(load, [src, width]);
  return page.getByRole('img', { name: 'code' });
}

/** Fails unless the code scans as `url`, has level M and a quiet zone of four modules. */
async function reads(image, url) {
  const code = await scan(image);
  assert.equal(code?.text, url);
  assert.equal(code.version, CAPACITY_M.findIndex((bytes) => url.length <= bytes) + 1, `the version of level M for ${url.length} bytes`);
  for (const edge of code.quietZone) assert.ok(Math.abs(edge - 4) < 0.6, `${edge} modules around ${url}`);
}

scene('the code of any link is read, small and large, with a quiet zone around it', async (env) => {
  const reader = await env.person();
  const roll = seededRandom(1);
  await reader.goes('/security');
  for (const width of [180, 400, 850]) {
    for (let turn = 0; turn < 6; turn += 1) {
      const id = randomId(roll);
      await reads(await showsImage(reader, `/l/${id}/qr.svg`, width), `${env.origin}/l/${id}`);
    }
  }
});

scene('the code of a server with a long public URL is read as well', async (env) => {
  const server = await Server.started(['--public-url', LONG_URL]);
  const reader = await env.person();
  const id = randomId(seededRandom(2));
  const body = await (await fetch(`${server.origin}/l/${id}/qr.svg`)).text();
  await server.stop();
  await reader.page.route('**/qr.svg', (route) => route.fulfill({ body, contentType: 'image/svg+xml' }));
  await reader.goes('/security');
  await reads(await showsImage(reader, `/l/${id}/qr.svg`, 600), `${LONG_URL}/l/${id}`);
});

scene('a code that could not be loaded is said to be missing, and is loaded the next time', async (env) => {
  const { owner, link } = await ownerInside(env);
  owner.expects(/ERR_FAILED/);
  await owner.page.route('**/qr.svg', (route) => route.abort());
  await owner.page.getByRole('button', { name: 'Invite' }).click();
  const toggle = button(owner, 'QR code');
  await toggle.click();
  await owner.sees('Parlor is not reached.');
  assert.equal(await toggle.getAttribute('aria-expanded'), 'false');
  await owner.page.unroute('**/qr.svg');
  await toggle.click();
  assert.equal(await scanLink(owner), link.link_url);
  assert.equal(await toggle.getAttribute('aria-expanded'), 'true');
  await toggle.click();
  await owner.page.getByRole('img', { name: 'QR code of this link' }).waitFor({ state: 'hidden' });
});
