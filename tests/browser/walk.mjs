// From the sign-up to the deletion of the account, in two browsers.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const [base, mode] = process.argv.slice(1).filter((it) => it !== '--');
const root = process.getuid() === 0;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: root ? ['--no-sandbox'] : [],
});

async function person() {
  const context = await browser.newContext({
    locale: 'en-US',
    javaScriptEnabled: mode === 'with-javascript',
  });
  const page = await context.newPage();
  page.on('console', (message) => assert.doesNotMatch(message.text(), /Content Security Policy/));
  return page;
}

const path = (page) => new URL(page.url()).pathname;
const shown = (page, text) => page.getByText(text).first().waitFor();
const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

async function signIn(page, password) {
  await page.goto(`${base}/ui/sign-in`);
  await page.getByLabel('E-mail address').fill('ann@example.com');
  await page.getByLabel('Password').fill(password);
  await press(page, 'Sign in');
}

try {
  const first = await person();
  await first.goto(base);
  assert.equal(path(first), '/ui/sign-in');
  await first.getByRole('link', { name: 'Sign up' }).click();
  await first.getByLabel('E-mail address').fill('ann@example.com');
  await first.getByLabel('Password').fill('short');
  await press(first, 'Create account');
  await shown(first, 'Choose a password of at least 8 characters.');
  assert.equal(await first.getByLabel('E-mail address').inputValue(), 'ann@example.com');
  await first.getByLabel('Password').fill('correct horse battery');
  await press(first, 'Create account');
  await shown(first, 'ann@example.com');
  assert.equal(path(first), '/ui/account');
  const [cookie] = (await first.context().cookies()).filter((it) => it.name.endsWith('_session'));
  assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.expires], [true, 'Lax', -1]);

  await press(first, 'Sign out');
  await shown(first, 'You are signed out.');
  await first.goto(`${base}/ui/account`);
  assert.equal(path(first), '/ui/sign-in');
  await first.getByLabel('E-mail address').fill('ann@example.com');
  await first.getByLabel('Password').fill('wrong');
  await press(first, 'Sign in');
  await shown(first, 'The e-mail address or the password is wrong.');
  await first.getByLabel('Password').fill('correct horse battery');
  await first.getByLabel('Keep me signed in on this device').check();
  await press(first, 'Sign in');
  await shown(first, 'Where you are signed in');

  const second = await person();
  await signIn(second, 'correct horse battery');
  await shown(second, 'This browser');
  assert.equal(await second.locator('.sessions li').count(), 2);
  await second.locator('.sessions li').getByRole('button').click();
  await shown(second, 'The session was ended.');
  assert.equal(await second.locator('.sessions li').count(), 1);
  await first.reload();
  assert.equal(path(first), '/ui/sign-in');

  await second.getByRole('link', { name: 'Change password' }).click();
  await second.getByLabel('Current password').fill('correct horse battery');
  await second.getByLabel('New password').fill('another horse battery');
  await press(second, 'Change password');
  await shown(second, 'Your password was changed.');

  const [download] = await Promise.all([
    second.waitForEvent('download'),
    second.getByRole('link', { name: 'Export my data' }).click(),
  ]);
  assert.equal(download.suggestedFilename(), 'account.json');

  await second.getByRole('link', { name: 'Delete account' }).click();
  await second.getByLabel('Password').fill('another horse battery');
  await press(second, 'Delete my account for good');
  await shown(second, 'Your account was deleted.');
  await signIn(second, 'another horse battery');
  await shown(second, 'The e-mail address or the password is wrong.');
  console.log(`${mode}: the whole walk`);
} finally {
  await browser.close();
}
