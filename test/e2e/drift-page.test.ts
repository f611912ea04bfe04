/** Pictures of drift on the page at /quality, in a real browser: of a version that has drifted, and of none. */
import { join } from 'node:path';
import t from 'tap';
import { seeded } from '../../src/quality/drift/null/random.ts';
import { testFolder } from '../support/api-keys.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { brightness } from '../support/tiny-models.ts';
import { closeBrowser, NO_BROWSER as skip, visit } from './fixtures/browser.ts';
import { plain } from './fixtures/images.ts';

t.teardown(closeBrowser);

const EVIL = '<img src=x onerror=alert(1)>';

t.test('the page', { skip }, async (t) => {
  const models = modelRepository(t, { brightness: { ...brightness(), labels: ['red', EVIL, 'blue'] } });
  const { port } = await startServer(t, {
    models,
    options: { driftRoutes: 'loopback', predictionLogDir: join(testFolder(t), 'log') },
  });
  const at = `http://127.0.0.1:${port}`;
  const random = seeded(1);
  const send = async (count: number, most: number): Promise<void> => {
    const level = (): number => Math.floor(most * random());
    for (let sent = 0; sent < count; sent++) {
      const body = new Uint8Array(plain([level(), level(), level()]));
      const answer = await fetch(`${at}/v1/predict`, {
        method: 'POST',
        headers: { 'content-type': 'image/png' },
        body,
      });
      if (answer.status !== 200) throw new Error(await answer.text());
      await answer.text();
    }
  };
  const stateOf = async (): Promise<string> => {
    const answer = await fetch(`${at}/v1/models/brightness/drift`);
    return ((await answer.json()) as { versions: { state: string }[] }).versions[0]!.state;
  };
  const asked = await fetch(`${at}/v1/models/brightness/drift/baseline`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"rows": 200, "window": 50}',
  });
  t.equal(asked.status, 200);
  await t.test('says how far a reference is that is made', async (t) => {
    await send(20, 256);
    const { page, complaints } = await visit(t, port, {}, '/quality');
    await page.locator('.drift-version').waitFor();
    t.match(
      await page.locator('.drift-version h3').innerText(),
      'Version 1 a reference is made of its traffic: 20 of 200 rows so far',
    );
    t.strictSame(complaints, []);
  });
  await send(180, 256);
  while ((await stateOf()) !== 'watching') await new Promise((resolve) => setTimeout(resolve, 50));
  await t.test('draws the reference and now of each feature, those that have drifted first', async (t) => {
    await send(50, 60);
    const { page, complaints } = await visit(t, port, {}, '/quality');
    await page.locator('.drift-feature.beyond').first().waitFor();
    t.match(await page.locator('.drift-version h3').innerText(), /drift of luminance/);
    t.equal(await page.locator('.drift-feature').count(), 12);
    t.match(await page.locator('.drift-feature').first().innerText(), /luminance \(levels\)/);
    t.match(await page.locator('.drift-feature.beyond li').first().innerText(), /^KS [\d.]+, beyond [\d.]+$/);
    t.equal(await page.locator('.drift-bins path').count(), 2 * 10);
    t.ok((await page.locator('.drift-classes').first().innerText()).includes(EVIL), 'labels stay text');
    t.strictSame(complaints, []);
  });
  for (const [width, scheme] of [
    [320, 'light'],
    [768, 'dark'],
    [1280, 'light'],
  ] as const) {
    await t.test(`fits a screen of ${width} pixels`, async (t) => {
      const settings = { viewport: { width, height: 740 }, colorScheme: scheme };
      const { page } = await visit(t, port, settings, '/quality');
      await page.locator('.drift-feature').first().waitFor();
      t.equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0);
      const folder = process.env['SCREENSHOTS'];
      if (folder !== undefined)
        await page.screenshot({ path: `${folder}/drift-${width}.png`, fullPage: true });
    });
  }
});
