// That a QR code can be read from the screen, and by those who do not see it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import jsqr from 'jsqr';
import { PNG } from 'pngjs';

import { bare } from './bare.mjs';

let world;
before(async () => {
  world = await bare();
});
after(() => world.ends());

for (const text of ['https://chat.example.org/l/aB3-_x9aB3-_x9aB3-_x9aB3-_x', 'é'.repeat(429)]) {
  test(`${text.slice(0, 20)}… is read from the screen, with a quiet zone around it`, async () => {
    const { page } = world;
    await page.evaluate(async (written) => {
      const { drawn } = await import('/qr.js');
      const svg = drawn(written, 'The link as a QR code');
      svg.setAttribute('width', '600');
      document.body.replaceChildren(svg);
    }, text);
    const svg = page.getByRole('img', { name: 'The link as a QR code' });
    assert.equal(await svg.getAttribute('role'), 'img');
    const { data, width, height } = PNG.sync.read(await svg.screenshot());
    const read = jsqr(new Uint8ClampedArray(data), width, height);
    assert.equal(read?.data, text);
    const modules = read.version * 4 + 17 + 8;
    for (const edge of [read.location.topLeftCorner.x, read.location.topLeftCorner.y, width - read.location.topRightCorner.x]) {
      assert.ok(Math.abs((edge / width) * modules - 4) < 0.6, `${edge} of ${width}`);
    }
  });
}
