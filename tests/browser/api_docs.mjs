// The page of the API: a login, a request, and the response; axe-core, and screenshots.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

const [base, folder] = process.argv.slice(1).filter((it) => it !== '--');
const root = process.getuid() === 0;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: root ? ['--no-sandbox'] : [],
});

const USER = '{\n  "user": "User id=1: <user@email.com, is_admin=False>"\n}';

async function inspect(page, name, colorScheme, width) {
  await page.evaluate(axe.source);
  const options = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
  const { violations } = await page.evaluate((it) => globalThis.axe.run(document, it), options);
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((it) => it.html).join(' ')}`);
  assert.deepEqual(found, [], `${name}, ${colorScheme}, ${width} px`);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.ok(overflow <= 0, `${name}, ${width} px: it is ${overflow} px too wide`);
  await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: true });
}

/** Opens an operation by the keyboard alone. */
async function open(page, id) {
  await page.locator(`#${id} > summary`).focus();
  await page.keyboard.press('Enter');
  return page.locator(`#${id}`);
}

async function use(page, colorScheme, width) {
  const faults = [];
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    assert.ok(request.url().startsWith(base), request.url());
  });
  await page.goto(`${base}/docs`);
  await page.locator('.operation').first().waitFor();
  await inspect(page, 'docs', colorScheme, width);

  await page.getByLabel('E-mail address').first().fill('user@email.com');
  await page.getByLabel('Password', { exact: true }).first().fill('wrong');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('Wrong credentials').first().waitFor();
  // The browser itself reports each status of an error.
  faults.splice(0);
  await page.getByLabel('Password', { exact: true }).first().fill('password');
  await page.keyboard.press('Enter');
  await page.locator('.state', { hasText: 'user@email.com' }).waitFor();

  const getUser = await open(page, 'get_user');
  await getUser.getByRole('button', { name: 'Send' }).click();
  await getUser.getByText('200 OK').waitFor();
  assert.equal(await getUser.locator('pre.body').textContent(), USER);
  // What is on the screen has no token.
  assert.match(await getUser.locator('pre.command').textContent(), /-H 'Authorization: Bearer •••'$/);
  await inspect(page, 'docs-response', colorScheme, width);

  // A form as JSON and as both kinds of forms, and the token of its response.
  const login = await open(page, 'login');
  for (const type of ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    await login.getByLabel('Media type').selectOption(type);
    await login.getByRole('button', { name: 'Send' }).click();
    await login.locator('.result:not([aria-busy]) .status', { hasText: '200 OK' }).waitFor();
    assert.match(await login.locator('pre.body').textContent(), /"token": "ey/);
    await login.locator('.result').evaluate((it) => it.replaceChildren());
  }
  await login.getByRole('button', { name: 'Send' }).click();
  await login.getByRole('button', { name: 'Use this access token' }).click();
  await page.locator('.state', { hasText: 'this response' }).waitFor();
  await inspect(page, 'docs-form', colorScheme, width);

  await page.getByLabel('Filter').fill('audit');
  assert.deepEqual(await page.locator('.operation:visible').evaluateAll((all) => all.map((it) => it.id)), ['list_audit_events']);
  await page.getByLabel('Filter').fill('');

  // A parameter of a path, and a response without a body.
  const end = await open(page, 'end_session');
  await end.getByRole('button', { name: 'Send' }).click();
  await end.locator('.status', { hasText: '404' }).waitFor();
  faults.splice(0);

  // Neither the tokens nor the cookie of the device are stored.
  const stored = () => [localStorage.length, sessionStorage.length];
  assert.deepEqual(await page.evaluate(stored), [0, 0]);
  assert.deepEqual(await page.context().cookies(), []);
  // The credentials are gone with the page.
  await page.goto(`${base}/docs#logout`);
  await page.reload();
  await page.locator('#logout[open]').waitFor();
  assert.equal(await page.locator('.state').textContent(), '');
  assert.deepEqual(faults, []);
}

/** A session of the browser that the service has ended, and a token that has expired, are told or mended. */
async function refresh(page) {
  await page.goto(`${base}/docs`);
  await page.clock.install();
  await page.reload();
  await page.getByLabel('E-mail address').first().fill('user@email.com');
  await page.getByLabel('Password', { exact: true }).first().fill('password');
  await page.keyboard.press('Enter');
  await page.locator('.state', { hasText: 'user@email.com' }).waitFor();
  const getUser = await open(page, 'get_user');
  await page.clock.fastForward('30:00');
  const refreshed = page.waitForResponse(`${base}/token`);
  await getUser.getByRole('button', { name: 'Send' }).click();
  assert.equal((await refreshed).status(), 200);
  await getUser.getByText('200 OK').waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  await getUser.getByRole('button', { name: 'Send' }).click();
  await getUser.getByText('401 Unauthorized').waitFor();
}

try {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [360, 1280]) {
      const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
      await use(await context.newPage(), colorScheme, width);
      await context.close();
    }
  }
  await refresh(await browser.newPage());
} finally {
  await browser.close();
}
