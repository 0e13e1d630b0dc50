// The page that people come to first.
import assert from 'node:assert/strict';

import { scene } from './world.mjs';

for (const device of ['desktop', 'telephone']) {
  for (const colorScheme of ['light', 'dark']) {
    scene(`the first page is there for anybody, by ${device} and in ${colorScheme}`, async (world) => {
      const ana = await world.person({ device, colorScheme });
      await ana.goes('/');
      assert.match(await ana.page.title(), /Parlor/);
      await ana.sees('Parlor');
      // A page without a background of its own is a white one for axe, in the dark too.
      if (colorScheme === 'light') await ana.canBeAnybody();
      const width = await ana.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(width, 0, 'nothing is wider than the screen');
      await ana.picture(`start-${device}-${colorScheme}`);
    });
  }
}
