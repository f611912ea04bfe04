/** The page at / with models that take rows of numbers. In a real browser. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import t from 'tap';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { add, affine, brightness } from '../support/tiny-models.ts';
import { closeBrowser, NO_BROWSER as skip, shown, textsOf, visit } from './fixtures/browser.ts';
import { plain } from './fixtures/images.ts';

const send = (page: Page): Promise<void> => page.getByRole('button', { name: 'Send' }).click();
const outputs = async (page: Page): Promise<unknown> =>
  JSON.parse((await page.locator('#outputs').textContent()) ?? '');
const body = (page: Page): Promise<string> => page.locator('#rows-body').inputValue();

t.teardown(closeBrowser);

t.test('a server without models for images', { skip }, async (t) => {
  const models = modelRepository(t, { affine: affine(), sum: add() });
  const { port } = await startServer(t, { models, options: { defaultModel: 'affine' } });

  t.test('asks for rows instead of an image', async (t) => {
    const { page, complaints } = await visit(t, port);
    await page.locator('#inputs', { hasText: 'x: FP32 [rows, 4]' }).waitFor();
    t.notMatch(await page.locator('main').innerText(), /photograph|picture|image/i);
    t.ok(await page.getByLabel('Body, as JSON').isVisible());
    t.strictSame(complaints, []);
  });

  t.test('shows the outputs, stages and batch for the sample body', async (t) => {
    const { page, complaints } = await visit(t, port);
    await page.locator('#inputs', { hasText: 'x: FP32' }).waitFor();
    await send(page);
    await shown(page, 'answer');
    t.strictSame(await outputs(page), { y: [[2, 2, 2, 2]] });
    t.equal(await page.locator('#rows-by').innerText(), '1 row of affine, version 1');
    t.match(await page.getByRole('status').first().textContent(), 'Answer: 1 row of y');
    const stages = await textsOf(page, '#stages th');
    t.strictSame(
      stages.map((stage) => stage.split('\n')[0]),
      ['read', 'queue', 'infer', 'post', 'rest', 'total'],
    );
    t.match(await page.locator('#story').innerText(), /^It went alone\./);
    t.strictSame(complaints, []);
  });

  t.test('shows the equivalent command', async (t) => {
    const { page } = await visit(t, port);
    await page.locator('#inputs', { hasText: 'x: FP32' }).waitFor();
    await page.fill('#rows-body', '{"inputs": {"x": [[1, 2, 3, 4], [0, 0, 0, 0]]}}');
    await send(page);
    await shown(page, 'answer');
    const command = (await page.locator('#command').innerText()).replace(/^curl/, 'curl -s');
    const { stdout } = await promisify(execFile)('sh', ['-c', command]);
    t.match(JSON.parse(stdout), { outputs: await outputs(page) });
  });

  t.test('changes the body and removes the answer when another model is chosen', async (t) => {
    const { page, complaints } = await visit(t, port);
    await page.locator('#inputs', { hasText: 'x: FP32' }).waitFor();
    await page.fill('#rows-body', '{"inputs": {"x": [[1, 2, 3, 4]]}}');
    await send(page);
    await shown(page, 'answer');
    await page.selectOption('#model', { label: 'sum 1' });
    t.strictSame(Object.keys(JSON.parse(await body(page)).inputs), ['a', 'b']);
    t.notOk(await page.locator('#answer').isVisible());
    await send(page);
    await shown(page, 'answer');
    t.strictSame(await outputs(page), { sum: [[1, 1, 1]] });
    t.strictSame(complaints, []);
  });

  t.test('shows the error of a body, and leaves the body as it was typed', async (t) => {
    const { page } = await visit(t, port);
    await page.locator('#inputs', { hasText: 'x: FP32' }).waitFor();
    await page.fill('#rows-body', '{"inputs": {"x": [[1, 2]]}}');
    await send(page);
    await shown(page, 'problem');
    const problem = await page.locator('#problem').innerText();
    t.match(problem, 'BAD_SHAPE');
    t.match(problem, 'A list of 4 elements is expected');
    t.equal(await body(page), '{"inputs": {"x": [[1, 2]]}}');
  });

  t.test('fits a phone', async (t) => {
    const { page } = await visit(t, port, { viewport: { width: 320, height: 740 }, hasTouch: true });
    await page.locator('#inputs', { hasText: 'x: FP32' }).waitFor();
    await page.fill('#rows-body', `{"inputs": {"x": [[${'1'.repeat(30)}, 2, 3, 4]]}}`);
    await send(page);
    await shown(page, 'answer');
    t.equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0);
  });
});

t.test('a server with models for images and for rows', { skip }, async (t) => {
  const models = modelRepository(t, { brightness: brightness(), rows: affine() });
  const { port } = await startServer(t, { models, options: { defaultModel: 'brightness' } });

  t.test('shows the input of the chosen model', async (t) => {
    const { page, complaints } = await visit(t, port);
    await page.locator('#model option', { hasText: 'rows 1' }).waitFor({ state: 'attached' });
    await page.setInputFiles('#file', { name: 'red.png', mimeType: 'image/png', buffer: plain([255, 0, 0]) });
    await shown(page, 'answer');
    await page.selectOption('#model', { label: 'rows 1' });
    t.notOk(await page.locator('#drop').isVisible());
    await send(page);
    await shown(page, 'answer');
    t.strictSame(await outputs(page), { y: [[2, 2, 2, 2]] });
    await page.selectOption('#model', { label: 'brightness 1' });
    t.ok(await page.locator('#drop').isVisible());
    t.notOk(await page.locator('#answer').isVisible());
    t.notOk(await page.locator('#rows').isVisible());
    t.strictSame(complaints, []);
  });
});
