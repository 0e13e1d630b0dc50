// An empty page that can import the modules of src/web, under the policy of Parlor's own pages.
import { readFile } from 'node:fs/promises';

import { launchChromium } from '../chromium.mjs';

const ORIGIN = 'http://parlor.test';
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; require-trusted-types-for 'script'";
const MODULES = new URL('../../../src/web/', import.meta.url);
const PAGES = {
  '/': ['text/html', '<!doctype html>'],
};

/** Opens the page; `close()` closes it and fails if it logged anything. */
export async function openModulePage() {
  const browser = await launchChromium();
  const page = await browser.newPage();
  const complaints = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.route('**/*', async (route) => {
    const { pathname } = new URL(route.request().url());
    const [contentType, body] = PAGES[pathname] ?? ['text/javascript', await readFile(new URL(`.${pathname}`, MODULES))];
    await route.fulfill({ contentType, body, headers: { 'content-security-policy': POLICY } });
  });
  await page.goto(`${ORIGIN}/`);
  const close = async () => {
    await browser.close();
    if (complaints.length > 0) throw new Error(`the page complained:\n${complaints.join('\n')}`);
  };
  return { page, close };
}
