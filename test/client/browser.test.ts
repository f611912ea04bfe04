/** The package in a real browser: a page of another origin, which the server allows. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { closeBrowser, NO_BROWSER as skip, visit } from '../e2e/fixtures/browser.ts';
import { photograph } from '../e2e/fixtures/photographs.ts';
import { PHOTOS, startServer } from '../support/start-server.ts';
import { installClient } from './fixtures/package.ts';

t.teardown(closeBrowser);

const README = readFileSync(join(import.meta.dirname, '../../client/README.md'), 'utf8');
const [, EXAMPLE = ''] = /^```html\n([^]*?)^```$/m.exec(README) ?? [];

interface Site {
  readonly port: number;
  /** Where the example of the README finds its server. */
  server: number;
}

/** Serves the compiled client, a photograph, an empty page, and the page of the README. */
async function site(t: Test): Promise<Site> {
  const dist = join(installClient(t.testdir()), 'dist');
  const pages = createServer(({ url = '' }, response) => {
    const [, script] = /^\/dist\/([\w-]+\.js)$/.exec(url) ?? [];
    if (url === '/cat.jpg') return response.end(photograph('cat.jpg'));
    response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript');
    const example = url === '/example' ? EXAMPLE.replace(':8000', `:${here.server}`) : '';
    response.end(
      script === undefined
        ? `<!doctype html><link rel="icon" href="data:," />${example}`
        : readFileSync(join(dist, script)),
    );
  });
  await once(pages.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => pages.close());
  const here = { port: (pages.address() as AddressInfo).port, server: 0 };
  return here;
}

/** A script of the page; it sees Ortolan, OrtolanError, the photograph and a client. */
const script = (port: number, body: string): string => `(async () => {
  const { Ortolan, OrtolanError } = await import('/dist/ortolan.js');
  const cat = await (await fetch('/cat.jpg')).blob();
  const client = new Ortolan('http://127.0.0.1:${port}', { timeoutMs: 60_000 });
  ${body}
})()`;

t.test('a page of another site', { skip }, async (t) => {
  const here = await site(t);
  const { port } = await startServer(t, { options: { corsOrigins: [`http://127.0.0.1:${here.port}`] } });
  here.server = port;
  const { page, complaints } = await visit(t, here.port);

  t.test('predicts from a Blob, and reads errors with their ids', async (t) => {
    const found = await page.evaluate(
      script(
        port,
        `const { predictions } = await client.predict(cat, { topK: 1 });
         const error = await client.predict(new Blob(['text'])).catch((thrown) => thrown);
         return [predictions[0].label, error instanceof OrtolanError, error.code, typeof error.requestId];`,
      ),
    );
    t.strictSame(found, ['tiger cat', true, 'NOT_AN_IMAGE', 'string']);
    t.strictSame(
      complaints.filter((complaint) => !complaint.includes('400 (Bad Request)')),
      [],
    );
  });

  t.test('gets tensors as bytes', async (t) => {
    const found = await page.evaluate(
      script(
        port,
        `const image = { data: [new Uint8Array(await cat.arrayBuffer())], shape: [1] };
         const { logits } = (await client.infer('efficientnet-lite0', { image })).outputs;
         return [logits.datatype, logits.shape, logits.data.indexOf(Math.max(...logits.data))];`,
      ),
    );
    t.strictSame(found, ['FP32', [1, 1000], 282]);
  });

  t.test('ends a call by its signal, and one whose server is not there by an error', async (t) => {
    const found = await page.evaluate(
      script(
        port,
        `const aborted = await client.predict(cat, { signal: AbortSignal.abort() }).catch((thrown) => thrown);
         const gone = new Ortolan('http://127.0.0.1:1', { attempts: 2 });
         const error = await gone.predict(cat).catch((thrown) => thrown);
         return [aborted.name, error.code, error.retryable];`,
      ),
    );
    t.strictSame(found, ['AbortError', 'CONNECTION_FAILED', true]);
  });

  t.test('the page of the README classifies the file that is chosen', async (t) => {
    const { page, complaints } = await visit(t, here.port, {}, '/example');
    await page.setInputFiles('#file', join(PHOTOS, 'cat.jpg'));
    await page.locator('#found:not(:empty)').waitFor();
    t.equal(await page.locator('#found').innerText(), 'tiger cat');
    t.strictSame(complaints, []);
  });
});
