// Starts Chromium; each person of a test has a profile of their own in it.
import { after } from 'node:test';

import { chromium } from 'playwright-core';

/** Starts headless Chromium without background requests. */
export function launchChromium() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell',
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

let shared;

/** The Chromium of all scenes of a file, which ends with them; a new one if it has crashed. */
export async function sharedChromium() {
  if (!(await shared)?.isConnected()) shared = launchChromium();
  return shared;
}

after(async () => (await shared)?.close());
