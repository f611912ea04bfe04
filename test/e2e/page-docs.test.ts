/** The page at /docs in a real browser. */
import type { Page } from 'playwright-core';
import t from 'tap';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';
import { closeBrowser, NO_BROWSER as skip, visit } from './fixtures/browser.ts';

/** How many sample requests are visible, by language. */
const seen = async (page: Page): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const language of ['curl', 'python', 'js']) {
    counts[language] = await page.locator(`figure pre.${language}:visible`).count();
  }
  return counts;
};

t.teardown(closeBrowser);

t.test('the page', { skip }, async (t) => {
  const { port } = await startServer(t, { models: modelRepository(t, { affine: affine() }) });

  t.test('shows all requests in the language that is chosen, without a script', async (t) => {
    const { page, complaints } = await visit(t, port, { javaScriptEnabled: false }, '/docs');
    const { curl = 0, ...others } = await seen(page);
    t.ok(curl >= 20);
    t.strictSame(others, { python: 0, js: 0 });
    await page.getByRole('radio', { name: 'Python' }).check();
    t.strictSame(await seen(page), { curl: 0, python: curl, js: 0 });
    await page.keyboard.press('ArrowRight');
    t.strictSame(await seen(page), { curl: 0, python: 0, js: curl });
    t.strictSame(complaints, []);
  });

  for (const width of [320, 360, 1280]) {
    t.test(`fits a screen of ${width} pixels in every language`, async (t) => {
      const { page } = await visit(t, port, { viewport: { width, height: 740 } }, '/docs');
      for (const name of ['curl', 'Python', 'JavaScript']) {
        await page.getByRole('radio', { name }).check();
        t.equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0, name);
      }
    });
  }
});
