// axe-core on every page, and screenshots of it.
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

// Pages as they are reached: the first without a session, the others with one.
const anonymous = {
  'sign-in': (page) => page.goto(`${base}/ui/sign-in`),
  'sign-in-fault': async (page) => {
    await page.goto(`${base}/ui/sign-in`);
    await page.getByLabel(/^E-/).fill('user@email.com');
    await page.locator('[type=password]').fill('wrong');
    await page.locator('button.main').click();
  },
  'signed-out': (page) => page.goto(`${base}/ui/sign-in?done=signed-out`),
  'sign-up': (page) => page.goto(`${base}/ui/sign-up`),
  'sign-up-fault': async (page) => {
    await page.goto(`${base}/ui/sign-up`);
    await page.getByLabel(/^E-/).fill('ann@example.com');
    await page.locator('[type=password]').fill('password1');
    await page.locator('button.main').click();
  },
  'forgot-password': (page) => page.goto(`${base}/ui/forgot-password`),
  'mail-sent': async (page) => {
    await page.goto(`${base}/ui/forgot-password`);
    await page.getByLabel(/^E-/).fill('nobody@example.com');
    await page.locator('button.main').click();
  },
  'reset-password': (page) => page.goto(`${base}/ui/reset-password?token=x`),
  'accept-invitation': (page) => page.goto(`${base}/ui/accept-invitation?token=x`),
  'verify-email': (page) => page.goto(`${base}/ui/verify-email?token=x`),
  'confirm-email': (page) => page.goto(`${base}/ui/confirm-email?token=x`),
  'undo-email-change': (page) => page.goto(`${base}/ui/undo-email-change?token=x`),
  'invalid-link': (page) => page.goto(`${base}/ui/verify-email`),
  'not-found': (page) => page.goto(`${base}/ui/none`),
};
const signedIn = {
  account: (page) => page.goto(`${base}/ui/account`),
  'account-done': (page) => page.goto(`${base}/ui/account?done=session`),
  inbox: (page) => page.goto(`${base}/ui/inbox`),
  mail: async (page) => {
    await page.goto(`${base}/ui/inbox`);
    await page.locator('.sessions a').first().click();
  },
  'change-email': (page) => page.goto(`${base}/ui/change-email`),
  'change-password': (page) => page.goto(`${base}/ui/change-password`),
  'delete-account': (page) => page.goto(`${base}/ui/delete-account`),
  'sign-out': (page) => page.goto(`${base}/ui/sign-out`),
};

async function signIn(page) {
  await page.goto(`${base}/ui/sign-in`);
  await page.getByLabel(/^E-/).fill('user@email.com');
  await page.locator('[type=password]').fill('password');
  await page.locator('button.main').click();
  await page.waitForURL('**/ui/account');
}

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
  const file = join(folder, `${name}-${colorScheme}-${width}.png`);
  await page.screenshot({ path: file, fullPage: true });
}

let count = 0;
try {
  // A mail for the inbox.
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${base}/ui/forgot-password`);
  await page.getByLabel(/^E-/).fill('user@email.com');
  await page.locator('button.main').click();
  for (let tries = 0; tries < 100; tries += 1) {
    await page.goto(`${base}/ui/inbox`);
    if (await page.locator('.sessions li').count()) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (const locale of ['en-US', 'de-DE']) {
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [360, 1280]) {
        // The longer texts once in each scheme and width.
        if (locale === 'de-DE' && (colorScheme === 'light') !== (width === 360)) continue;
        const viewport = { width, height: 800 };
        const context = await browser.newContext({ viewport, colorScheme, locale });
        const page = await context.newPage();
        const language = locale.slice(0, 2);
        const each = async (pages) => {
          for (const [name, reach] of Object.entries(pages)) {
            await reach(page);
            assert.equal(await page.locator('html').getAttribute('lang'), language);
            await inspect(page, `${language}-${name}`, colorScheme, width);
            count += 1;
          }
        };
        await each(anonymous);
        await signIn(page);
        await each(signedIn);
        await context.close();
      }
    }
  }
  console.log(`${count} pages without a violation; screenshots in ${folder}`);
} finally {
  await browser.close();
}
