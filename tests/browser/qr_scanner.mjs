// Scans QR codes in screenshots with jsQR.
import jsQR from 'jsqr';
import { PNG } from 'pngjs';

/** Scans an element: `{text, version, quietZone}`, with the zone in modules at three sides; null without a code. */
export async function scan(locator) {
  const { data, width, height } = PNG.sync.read(await locator.screenshot());
  const found = jsQR(new Uint8ClampedArray(data), width, height);
  if (!found) return null;
  const { topLeftCorner, topRightCorner } = found.location;
  const modules = found.version * 4 + 17 + 8;
  const quietZone = [topLeftCorner.x, topLeftCorner.y, width - topRightCorner.x].map((edge) => (edge / width) * modules);
  return { text: found.data, version: found.version, quietZone };
}

/** Scans the QR code that an owner's page shows, once its image has loaded. */
export async function scanLink({ page }) {
  const image = page.getByRole('img', { name: 'QR code of this link' });
  await image.evaluate((element) => element.decode());
  return (await scan(image))?.text;
}
