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

async function signIn(page, email, password) {
  await page.goto(`${base}/ui/sign-in`);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await press(page, 'Sign in');
}

// Opens the link of the newest mail to this address, in the browser of the reader.
async function openMail(page, recipient, subject) {
  const mail = page.locator('.sessions li', { hasText: recipient }).filter({ hasText: subject });
  // The mail is delivered in the background.
  for (let tries = 0; tries < 100; tries += 1) {
    await page.goto(`${base}/ui/inbox`);
    if (await mail.count()) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await mail.first().getByRole('link').click();
  const link = page.locator('.mail a').first();
  const href = await link.getAttribute('href');
  // Programs that look into mails open their links, too.
  for (let tries = 0; tries < 10; tries += 1) {
    assert.equal((await page.request.get(href)).status(), 200);
  }
  await link.click();
  return href;
}

const [email, other] = ['ann@example.com', 'ann.smith@example.com'];
const passwords = ['correct horse battery', 'another horse battery'];

try {
  const first = await person();
  await first.goto(base);
  assert.equal(path(first), '/ui/sign-in');
  await first.getByRole('link', { name: 'Sign up' }).click();
  await first.getByLabel('E-mail address').fill(email);
  await first.getByLabel('Password').fill('short');
  await press(first, 'Create account');
  await shown(first, 'Choose a password of at least 8 characters.');
  assert.equal(await first.getByLabel('E-mail address').inputValue(), email);
  await first.getByLabel('Password').fill(passwords[0]);
  await press(first, 'Create account');
  await shown(first, 'Not confirmed');
  assert.equal(path(first), '/ui/account');
  const [cookie] = (await first.context().cookies()).filter((it) => it.name.endsWith('_session'));
  assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.expires], [true, 'Lax', -1]);

  await openMail(first, email, 'Confirm your e-mail address');
  await press(first, 'Confirm your e-mail address');
  await shown(first, `${email} belongs to your account.`);
  await first.getByRole('link', { name: 'To the start page' }).click();
  await shown(first, 'Confirmed');

  await press(first, 'Sign out');
  await shown(first, 'You are signed out.');
  await first.goto(`${base}/ui/account`);
  assert.equal(path(first), '/ui/sign-in');
  await signIn(first, email, 'wrong');
  await shown(first, 'The e-mail address or the password is wrong.');

  await first.getByRole('link', { name: 'Forgot your password?' }).click();
  await first.getByLabel('E-mail address').fill(email);
  await press(first, 'Send link');
  await shown(first, 'a link is on its way');
  const used = await openMail(first, email, 'Set a new password');
  await first.getByLabel('New password').fill(passwords[1]);
  await press(first, 'Set password');
  await shown(first, 'Your password was changed.');
  const again = await person();
  await again.goto(used);
  await again.getByLabel('New password').fill('a third horse battery');
  await press(again, 'Set password');
  await shown(again, 'This link is not valid');

  const second = await person();
  await second.goto(`${base}/ui/sign-in`);
  await second.getByLabel('E-mail address').fill(email);
  await second.getByLabel('Password').fill(passwords[1]);
  await second.getByLabel('Keep me signed in on this device').check();
  await press(second, 'Sign in');
  await shown(second, 'This browser');
  assert.equal(await second.locator('.sessions li').count(), 2);
  await second.locator('.sessions li').getByRole('button').click();
  await shown(second, 'The session was ended.');
  assert.equal(await second.locator('.sessions li').count(), 1);
  await first.reload();
  assert.equal(path(first), '/ui/sign-in');

  await second.getByRole('link', { name: 'Change e-mail address' }).click();
  await second.getByLabel('New e-mail address').fill(other);
  await second.getByLabel('Current password').fill(passwords[1]);
  await press(second, 'Send link');
  await shown(second, 'A link is on its way to the new address.');
  await openMail(second, other, 'Confirm your new e-mail address');
  await press(second, 'Confirm your new e-mail address');
  await shown(second, `From now on you sign in with ${other}.`);
  await second.getByRole('link', { name: 'To the start page' }).click();
  await shown(second, other);

  await second.getByRole('link', { name: 'Change password' }).click();
  await second.getByLabel('Current password').fill(passwords[1]);
  await second.getByLabel('New password').fill(passwords[0]);
  await press(second, 'Change password');
  await shown(second, 'Your password was changed.');

  const [download] = await Promise.all([
    second.waitForEvent('download'),
    second.getByRole('link', { name: 'Export my data' }).click(),
  ]);
  assert.equal(download.suggestedFilename(), 'account.json');

  await second.getByRole('link', { name: 'Delete account' }).click();
  await second.getByLabel('Password').fill(passwords[0]);
  await press(second, 'Delete my account for good');
  await shown(second, 'Your account was deleted.');
  await signIn(second, other, passwords[0]);
  await shown(second, 'The e-mail address or the password is wrong.');
  console.log(`${mode}: the whole walk`);
} finally {
  await browser.close();
}
