// Two people meet by pressing "Try it out" in Swagger, in a real Chromium: nothing but the page at /docs is used.
import { chromium } from 'playwright-core';

const base = process.argv[2];
const picture = process.argv[3];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});

/** A page of Swagger in a browser profile of its own, which must ask nobody else for anything and complain about nothing. */
async function person() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && !/status of 404/.test(message.text()) && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(base) && !url.startsWith('data:') && !url.startsWith('blob:')) complaints.push(`asked ${url}`);
  });
  await page.goto(`${base}/docs/`);
  await page.waitForSelector('.opblock');
  return { page, complaints };
}

async function authorize({ page }, credential) {
  await page.click('button.authorize');
  const field = page.locator('#auth-bearer-value');
  await field.fill(credential);
  await page.click('.auth-btn-wrapper button[type=submit]');
  await page.click('.auth-btn-wrapper .btn-done');
}

/** Opens an operation, fills in what it takes, executes it; its status and its answer. */
async function tries({ page }, operation, { params = {}, body } = {}) {
  const block = page.locator(`.opblock[id$="-${operation}"]`);
  if (!(await block.evaluate((element) => element.classList.contains('is-open')))) {
    await block.locator('.opblock-summary-control').click();
    await block.locator('.try-out__btn').click();
  }
  for (const [name, value] of Object.entries(params)) {
    await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
  }
  if (body !== undefined) await block.locator('textarea.body-param__text').fill(JSON.stringify(body));
  const answered = page.waitForResponse((response) => new URL(response.url()).pathname.startsWith('/v1/'));
  await block.locator('button.execute').click();
  const response = await answered;
  const shown = block.locator('.live-responses-table .response-col_status').first();
  await shown.waitFor();
  return { status: response.status(), json: await response.json().catch(() => null) };
}

function expects(step, { status, json }, wanted) {
  if (status !== wanted) throw new Error(`${step}: ${status} instead of ${wanted}: ${JSON.stringify(json)}`);
  console.log(`${step}: ${status}`);
  return json;
}

const ana = await person();
const ben = await person();
const chat = expects('Ana opens a chat', await tries(ana, 'open_chat', { body: { name: 'Ana', title: 'Plans for Sunday' } }), 201);
await authorize(ana, chat.author_id);
const link = expects('Ana makes a link', await tries(ana, 'create_link', { body: { chat_url: chat.chat_url } }), 201);
const knock = expects('Ben knocks', await tries(ben, 'knock', { params: { link_id: link.link_id }, body: { name: 'Ben' } }), 201);
await authorize(ben, knock.client_id);
expects('Ben sees nothing yet', await tries(ben, 'read_chat', { params: { chat_id: chat.chat_id } }), 404);
const list = expects('Ana looks who is there', await tries(ana, 'list_knocks', { params: { chat_id: chat.chat_id } }), 200);
if (list.items.length !== 1 || list.items[0].code !== knock.code) throw new Error(`not Ben's knock: ${JSON.stringify(list)}`);
expects('Ana lets him in', await tries(ana, 'decide_knocks', { body: { link_url: link.link_url } }), 200);
expects('Ben writes', await tries(ben, 'post_message', { params: { chat_id: chat.chat_id }, body: { text: 'Hello, Ana' } }), 201);
expects('Ana writes', await tries(ana, 'post_message', { params: { chat_id: chat.chat_id }, body: { text: 'Welcome, Ben' } }), 201);
const read = expects('Ben reads both', await tries(ben, 'read_chat', { params: { chat_id: chat.chat_id } }), 200);
const texts = read.messages.map((message) => message.text).join(' / ');
if (texts !== 'Hello, Ana / Welcome, Ben') throw new Error(`Ben reads ${texts}`);
if (picture) await ben.page.screenshot({ path: picture });
const complaints = [...ana.complaints, ...ben.complaints];
await browser.close();
if (complaints.length > 0) throw new Error(`the pages complained:\n${complaints.join('\n')}`);
