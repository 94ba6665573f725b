// The front end of the docs on an origin of its own, with the session of the browser.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';

const [base, origin, file] = process.argv.slice(1).filter((it) => it !== '--');
const html = readFileSync(file, 'utf8').replace("'http://localhost:8080'", `'${base}'`);
assert.ok(html.includes(base));
const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
});
await new Promise((resolve) => server.listen(new URL(origin).port, 'localhost', resolve));

const root = process.getuid() === 0;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: root ? ['--no-sandbox'] : [],
});

try {
  const page = await (await browser.newContext({ locale: 'en-US' })).newPage();
  const state = (text) => page.locator('#state', { hasText: text }).waitFor();
  await page.goto(`${origin}/inbox?a=b`);
  await state('You are not signed in.');

  // There and back.
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByLabel('E-mail address').fill('user@email.com');
  await page.getByLabel('Password').fill('password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${origin}/inbox?a=b`);
  await state('User id=1: <user@email.com, is_admin=False>');
  assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0);
  assert.equal(await page.evaluate(() => document.cookie), '');

  // The token is used again, and replaced when its session has ended and begun anew.
  const tokens = [];
  page.on('request', (request) => request.url().endsWith('/ui/token') && tokens.push(request));
  await page.getByRole('button', { name: 'Load again' }).click();
  await state('User id=1: <user@email.com, is_admin=False>');
  assert.equal(tokens.length, 0);

  const account = await page.context().newPage();
  await account.goto(`${base}/ui/sign-out`);
  await account.locator('button.main').click();
  await account.waitForURL('**/ui/sign-in?done=signed-out');
  await page.getByRole('button', { name: 'Load again' }).click();
  await state('You are not signed in.');

  console.log('there, back, and signed out');
} finally {
  await browser.close();
  server.close();
}
