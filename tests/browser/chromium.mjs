// Starts Chromium, which the tests share: each of their people has a profile of their own in it.
import { chromium } from 'playwright-core';

/** A Chromium without a window, which asks nobody for anything by itself. */
export function launched() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
