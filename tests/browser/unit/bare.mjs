// A page with nothing on it but the modules of src/web, under the policy that Parlor's own pages have, where functions can be called.
import { readFile } from 'node:fs/promises';

import { launched } from '../chromium.mjs';

const ORIGIN = 'http://parlor.test';
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; require-trusted-types-for 'script'";
const MODULES = new URL('../../../src/web/', import.meta.url);
const PAGES = {
  '/': ['text/html', '<!doctype html><link rel="stylesheet" href="/style.css">'],
  '/style.css': ['text/css', '.qr-light { fill: white } .qr-dark { fill: black }'],
};

/** The page, and `ends()`, which closes it and fails if it complained of anything. */
export async function bare() {
  const browser = await launched();
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
  const ends = async () => {
    await browser.close();
    if (complaints.length > 0) throw new Error(`the page complained:\n${complaints.join('\n')}`);
  };
  return { page, ends };
}
