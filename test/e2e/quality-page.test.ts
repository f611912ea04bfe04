/** The page at /quality in a real browser: what it shows with labels, without them, and where nothing is logged. */
import { join } from 'node:path';
import t from 'tap';
import { testFolder } from '../support/api-keys.ts';
import { post } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { brightness } from '../support/tiny-models.ts';
import { closeBrowser, NO_BROWSER as skip, textsOf, visit } from './fixtures/browser.ts';
import { plain } from './fixtures/images.ts';

t.teardown(closeBrowser);

const EVIL = '<img src=x onerror=alert(1)>';

t.test('the page', { skip }, async (t) => {
  const models = modelRepository(t, { brightness: { ...brightness(), labels: ['red', EVIL, 'blue'] } });
  const { port } = await startServer(t, {
    models,
    options: { predictionLogDir: join(testFolder(t), 'log') },
  });
  const answered = async (id: string, label: string): Promise<void> => {
    await post(port, '/v1/predict', plain([255, 0, 0]), { 'x-request-id': id, 'content-type': 'image/png' });
    const said = await post(port, '/v1/feedback', JSON.stringify({ request_id: id, label }), {
      'content-type': 'application/json',
    });
    t.equal(said.status, 202);
  };

  t.test('says what to do where nothing was said yet', async (t) => {
    const { page, complaints } = await visit(t, port, {}, '/quality');
    await page.locator('#pulse.live').waitFor();
    t.match(await page.locator('#no-feedback').innerText(), 'POST /v1/feedback');
    t.equal(await page.locator('#drift').isVisible(), false);
    t.strictSame(complaints, []);
  });

  t.test('shows how often each version was right, and what it takes for what, as text', async (t) => {
    for (let i = 0; i < 8; i++) await answered(`right-${i}`, 'red');
    for (let i = 0; i < 2; i++) await answered(`wrong-${i}`, EVIL);
    const { page, complaints } = await visit(t, port, {}, '/quality');
    await page.locator('.version').waitFor();
    t.match(await page.locator('.version h3').innerText(), 'Version 1 answers by default');
    t.match(await page.locator('.figures').innerText(), /80\.0 %\s+49\.0 % to 94\.3 %, of 10 answers/);
    t.strictSame(await textsOf(page, '.confusions li > span:first-child'), [`red was said, it was ${EVIL}`]);
    t.match(
      await page.locator('.version svg').first().getAttribute('aria-label'),
      /^Share of right answers on 1 day, \d{4}-\d\d-\d\d to /,
    );
    t.equal(await page.locator('.version svg').count(), 2);
    t.match(await page.locator('#accuracy-data').getAttribute('href'), '/v1/models/brightness/accuracy');
    t.strictSame(complaints, []);
  });

  for (const width of [320, 768]) {
    t.test(`fits a screen of ${width} pixels`, async (t) => {
      const { page } = await visit(t, port, { viewport: { width, height: 740 } }, '/quality');
      await page.locator('.version').waitFor();
      t.equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0);
    });
  }

  t.test('is reached from the page at /', async (t) => {
    const { page } = await visit(t, port);
    await page.getByRole('link', { name: 'Quality' }).click();
    await page.locator('.version').waitFor();
  });
});

t.test('where nothing is logged, the page says how to turn it on', { skip }, async (t) => {
  const models = modelRepository(t, { brightness: brightness() });
  const { port } = await startServer(t, { models });
  const { page } = await visit(t, port, {}, '/quality');
  await page.locator('#no-feedback:not([hidden])').waitFor();
  t.match(await page.locator('#no-feedback').innerText(), '--prediction-log-dir');
});
