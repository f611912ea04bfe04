/** The page at / in a real browser: every kind of input, the answers and the error messages. */
import { execFile } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import t from 'tap';
import { get, until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { PHOTOS, startServer, stopNow } from '../support/start-server.ts';
import { brightness } from '../support/tiny-models.ts';
import { closeBrowser, NO_BROWSER as skip, shown, textsOf, visit } from './fixtures/browser.ts';
import { plain } from './fixtures/images.ts';
import { photograph, referenceOf } from './fixtures/photographs.ts';

const RED = { name: 'red.png', mimeType: 'image/png', buffer: plain([255, 0, 0]) };
const best = (page: Page): Promise<string> => page.locator('#best').innerText();

t.teardown(closeBrowser);

t.test('the bundled model', { skip }, async (t) => {
  const { port, log } = await startServer(t);
  // Loading the other version keeps workers from being idle.
  await until(async () => !/"(waiting|loading)"/.test((await get(port, '/health')).body.toString()));

  t.test('choosing a photograph shows its classes, stages and batch', async (t) => {
    const { page, complaints } = await visit(t, port);
    await page.setInputFiles('#file', join(PHOTOS, 'cat.jpg'));
    await shown(page, 'answer');
    t.equal(await best(page), referenceOf('cat.jpg')[0]!.label);
    t.match(await page.locator('#by').innerText(), /^\d+\.\d % sure, says efficientnet-lite0, version 1$/);
    const labels = await textsOf(page, '#classes .name');
    t.strictSame(
      labels.toSorted(),
      referenceOf('cat.jpg')
        .map(({ label }) => label)
        .toSorted(),
    );
    const widths = await page
      .locator('#classes .track i')
      .evaluateAll((bars) => bars.map((bar) => (bar as unknown as { offsetWidth: number }).offsetWidth));
    t.strictSame(
      widths.toSorted((a, b) => b - a),
      widths,
      'bars shrink with the probability',
    );
    t.ok(widths[0]! > 0);

    const stages = await textsOf(page, '#stages th');
    t.strictSame(
      stages.map((stage) => stage.split('\n')[0]),
      ['read', 'queue', 'decode', 'infer', 'post', 'rest', 'total'],
    );
    for (const time of await textsOf(page, '#stages td.number')) t.match(time, /^\d+(\.\d+)? ms$/);
    t.match(
      await page.locator('#story').innerText(),
      /^It went alone\. It left at once, because a worker was free\./,
    );
    t.match(await textsOf(page, 'dl.facts dd'), ['1', 'idle', /wide|narrow/]);

    const id = await page.locator('#request-id').innerText();
    t.match(
      log.filter((line) => line['request_id'] === id),
      [{ message: 'request answered', class: 'tiger cat' }],
    );
    t.strictSame(complaints, []);
  });

  t.test('a photograph that is dropped anywhere on the page is classified', async (t) => {
    const { page, complaints } = await visit(t, port);
    const dataTransfer = await page.evaluateHandle(photo('coffee.jpg'));
    await page.locator('aside').dispatchEvent('dragover', { dataTransfer });
    t.match(await page.locator('#drop').getAttribute('class'), 'over');
    await page.locator('aside').dispatchEvent('drop', { dataTransfer });
    await shown(page, 'answer');
    t.equal(await best(page), 'espresso');
    t.notMatch(await page.locator('#drop').getAttribute('class'), 'over');
    t.strictSame(complaints, []);
  });

  t.test('a photograph that is pasted is classified, and can be saved for the command', async (t) => {
    const { page, complaints } = await visit(t, port);
    await paste(page, photo('coffee.jpg'));
    await shown(page, 'answer');
    t.equal(await best(page), 'espresso');
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#save').click()]);
    t.equal(download.suggestedFilename(), 'coffee.jpg');
    t.strictSame(complaints, []);
  });

  for (const [name, label] of [
    ['cat', /cat|tabby/],
    ['coffee', /espresso|cup/],
    ['tripod', /tripod/],
  ] as const) {
    t.test(`the sample ${name} is recognised`, async (t) => {
      const { page, complaints } = await visit(t, port);
      await page.getByRole('button', { name, exact: true }).click();
      await shown(page, 'answer');
      t.match(await best(page), label);
      t.strictSame(complaints, []);
    });
  }

  t.test('the command gives the same answer in a terminal, for any file name', async (t) => {
    const { page } = await visit(t, port);
    const folder = t.testdir();
    const name = `it's "a" $cat.jpg`;
    copyFileSync(join(PHOTOS, 'cat.jpg'), join(folder, name));
    await page.setInputFiles('#file', join(folder, name));
    await shown(page, 'answer');
    const command = await page.locator('#command').innerText();
    const { stdout } = await promisify(execFile)('sh', ['-c', command.replace(/^curl/, 'curl -s')], {
      cwd: folder,
    });
    t.match(JSON.parse(stdout), { predictions: [{ label: await best(page) }] });
  });

  t.test('choosing another version or count sends the request again', async (t) => {
    const { page, complaints } = await visit(t, port);
    await page.setInputFiles('#file', join(PHOTOS, 'coffee.jpg'));
    await shown(page, 'answer');
    // It is listed from the start, and shown as loading until it is ready.
    await page
      .locator('#model option', { hasText: /^efficientnet-lite0 2 \(int8\)$/ })
      .waitFor({ state: 'attached' });
    await page.selectOption('#model', { index: 1 });
    await page.locator('#by', { hasText: 'version 2' }).waitFor();
    t.match(
      await page.locator('#command').innerText(),
      '/v1/models/efficientnet-lite0/versions/2/predict?top_k=5',
    );
    await page.selectOption('#count', '3');
    await page.locator('#command', { hasText: 'top_k=3' }).waitFor();
    t.equal((await textsOf(page, '#classes li')).length, 3);
    t.strictSame(complaints, []);
  });

  t.test('the page shows the state of the server', async (t) => {
    const { page, complaints } = await visit(t, port);
    await page.locator('#pulse.live').waitFor();
    await page.setInputFiles('#file', join(PHOTOS, 'cat.jpg'));
    await page.locator('#p99', { hasText: 'ms' }).waitFor();
    await page.locator('#batches .batch').first().waitFor();
    t.match(await page.locator('#rate').innerText(), /^\d/);
    t.match(await page.locator('#workers').innerText(), /^[01] of 1 worker busy$/);
    t.match(await page.locator('#seconds').getAttribute('aria-label'), /: [1-9]\d* together/);
    t.match(await page.locator('#batches').getAttribute('aria-label'), /by reason: \d+ idle/);
    t.strictSame(complaints, []);
  });

  t.test('a file that is not an image shows the error of the server and the request id', async (t) => {
    const { page, complaints } = await visit(t, port);
    await page.setInputFiles('#file', {
      name: 'notes.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('no image'),
    });
    await shown(page, 'problem');
    const text = await page.locator('#problem').innerText();
    t.match(text, 'The bytes do not begin like any image');
    t.match(text, 'NOT_AN_IMAGE');
    const id = await page.locator('#problem dd').last().innerText();
    t.match(
      log.filter((line) => line['request_id'] === id),
      [{ code: 'NOT_AN_IMAGE' }],
    );
    t.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0, 'a retry would fail again');
    t.notOk(await page.locator('#answer').isVisible());
    // Chromium reports every answer of 400 and more by itself.
    t.match(complaints, [/^Failed to load resource: .* 400/]);
    t.equal(complaints.length, 1);
  });

  t.test('a pasted URL is sent to the server, which refuses addresses in its own network', async (t) => {
    const { page } = await visit(t, port);
    await paste(page, text(`http://127.0.0.1:${port}/cat.jpg`));
    await shown(page, 'problem');
    t.match(await page.locator('#problem').innerText(), 'URL_REFUSED');
    t.equal(await page.locator('#address').inputValue(), `http://127.0.0.1:${port}/cat.jpg`);
  });
});

t.test('a small server', { skip }, async (t) => {
  const evil = '<img src=x onerror=alert(1)>';
  const models = modelRepository(t, { brightness: { ...brightness(), labels: [evil, 'green', 'blue'] } });
  const maxBodyBytes = 64 * 1024;
  const { port, server } = await startServer(t, { models, options: { maxBodyBytes } });

  t.test('a label is shown as text, with no markup interpreted', async (t) => {
    const { page, complaints } = await visit(t, port);
    await page.setInputFiles('#file', RED);
    await shown(page, 'answer');
    t.equal(await best(page), evil);
    t.strictSame(complaints, []);
  });

  t.test(
    'with one version there is no version choice, and fewer classes than requested are no error',
    async (t) => {
      const { page } = await visit(t, port);
      await page.locator('#model option').waitFor({ state: 'attached' });
      await page.setInputFiles('#file', RED);
      await shown(page, 'answer');
      t.notOk(await page.locator('#model').isVisible());
      t.equal((await textsOf(page, '#classes li')).length, 3);
    },
  );

  t.test('a file that is too large is not sent', async (t) => {
    const { page, complaints } = await visit(t, port);
    let sent = 0;
    page.on('request', (request) => (sent += Number(request.method() === 'POST')));
    await page.setInputFiles('#file', { ...RED, buffer: Buffer.alloc(maxBodyBytes + 1) });
    await shown(page, 'problem');
    t.match(await page.locator('#problem').innerText(), 'this server takes up to 64 KiB. It was not sent.');
    t.equal(sent, 0);
    t.strictSame(complaints, []);
  });

  t.test('a refusal shows when to retry, and the button sends the request again', async (t) => {
    const { page } = await visit(t, port);
    const body = { error: 'The queue is full.', code: 'QUEUE_FULL', retryable: true, request_id: 'r-1' };
    const refuse = { status: 503, headers: { 'retry-after': '2' }, json: body };
    await page.route('**/v1/predict*', (route) => route.fulfill(refuse), { times: 1 });
    await page.setInputFiles('#file', RED);
    await shown(page, 'problem');
    const text = await page.locator('#problem').innerText();
    for (const part of ['The queue is full.', 'QUEUE_FULL', '503', 'r-1', '2 s']) t.match(text, part);
    await page.getByRole('button', { name: 'Try again' }).click();
    await shown(page, 'answer');
    t.equal(await page.locator('#problem').innerText(), '');
  });

  t.test('a response that did not come from the server is reported as one', async (t) => {
    const { page } = await visit(t, port);
    await page.route('**/v1/predict*', (route) =>
      route.fulfill({ status: 502, body: '<h1>Bad Gateway</h1>' }),
    );
    await page.setInputFiles('#file', RED);
    await shown(page, 'problem');
    t.match(await page.locator('#problem').innerText(), 'answered with 502, and not in the server’s words');
  });

  t.test('a hidden page sends no requests, and resumes when it becomes visible', async (t) => {
    const { page } = await visit(t, port);
    await page.locator('#pulse.live').waitFor();
    await page.clock.install();
    await page.evaluate(
      `Object.defineProperty(document, 'visibilityState', { configurable: true, value: 'hidden' })`,
    );
    let asked = 0;
    page.on('request', (request) => (asked += Number(request.url().endsWith('/debug/live'))));
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
    await page.clock.runFor(10_000);
    t.equal(asked, 0);
    const again = page.waitForRequest('**/debug/live');
    await page.evaluate(
      `delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange'))`,
    );
    await again;
  });

  t.test('an unreachable server is reported in the answer and in the server state', async (t) => {
    const { page } = await visit(t, port);
    await page.locator('#pulse.live').waitFor();
    await stopNow(server);
    await page.setInputFiles('#file', RED);
    await shown(page, 'problem');
    t.match(await page.locator('#problem').innerText(), 'The server could not be reached');
    t.ok(await page.getByRole('button', { name: 'Try again' }).isVisible());
    await page.locator('#pulse.gone').waitFor();
  });
});

/** Source text that makes a DataTransfer in the page, with a photograph. */
const photo = (name: string): string => `(() => {
  const bytes = Uint8Array.from(atob('${photograph(name).toString('base64')}'), (c) => c.charCodeAt(0));
  const made = new DataTransfer();
  made.items.add(new File([bytes], '${name}', { type: 'image/jpeg' }));
  return made;
})()`;

/** The same with a text. */
const text = (content: string): string => `(() => {
  const made = new DataTransfer();
  made.setData('text/plain', ${JSON.stringify(content)});
  return made;
})()`;

/** What a browser does when somebody pastes. */
const paste = (page: Page, clipboardData: string): Promise<unknown> =>
  page.evaluate(`document.body.dispatchEvent(
    new ClipboardEvent('paste', { clipboardData: ${clipboardData}, bubbles: true, cancelable: true }))`);
