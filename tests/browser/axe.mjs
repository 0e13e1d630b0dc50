// Asks axe what on a page would stop somebody who sees, hears or moves otherwise than most.
import axe from 'axe-core';

/** Its serious and critical violations of a page, as lines. What still moves comes to rest first. The page's policy does not hold for what
 * the debugger evaluates. */
export async function faults(page) {
  await page.evaluate(async () => {
    const ending = document.getAnimations().filter(({ effect }) => Number.isFinite(effect.getComputedTiming().endTime));
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' | ')}`);
}
