import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ortolan, ROOT } from '../ortolan.ts';

const PHOTO = join(ROOT, 'test/fixtures/photos/cat.jpg');
const ANSWER = {
  request_id: 'x',
  model: { name: 'net', version: '1' },
  predictions: [{ class_id: 282, label: 'tiger cat', probability: 0.5 }],
};

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly type: string | undefined;
  readonly bytes: number;
}

/** A server that responds to every request with this; closes with the test. */
async function answering(t: Test, status: number, body: string): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void sizeOf(request).then((bytes) => {
      const { method, url, headers } = request;
      asked.push({ method, url, type: headers['content-type'], bytes });
      response.writeHead(status).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function sizeOf(request: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const piece of request) bytes += (piece as Buffer).length;
  return bytes;
}

t.test('sends the bytes of the file to the server and prints its answer', async (t) => {
  const { url, asked } = await answering(t, 200, JSON.stringify(ANSWER));
  const image = join(t.testdir({ 'a.jpg': 'bytes' }), 'a.jpg');
  const { code, out } = await ortolan(['classify', image, '--url', url]);
  t.equal(code, 0);
  t.equal(out, `${image}  (net, version 1)\n  tiger cat   50.0 %  ############\n`);
  t.strictSame(asked, [{ method: 'POST', url: '/v1/predict', type: 'application/octet-stream', bytes: 5 }]);
});

t.test('requests the chosen model and number of classes', async (t) => {
  const { url, asked } = await answering(t, 200, JSON.stringify(ANSWER));
  await ortolan(['classify', PHOTO, '--url', `${url}/`, '--model', 'a b', '--top-k', '3']);
  t.equal(asked[0]?.url, '/v1/models/a%20b/predict?top_k=3');
});

t.test('keeps the path of the server address', async (t) => {
  const { url, asked } = await answering(t, 200, JSON.stringify(ANSWER));
  await ortolan(['classify', PHOTO, '--url', `${url}/models`]);
  t.equal(asked[0]?.url, '/models/v1/predict');
});

for (const place of ['the environment', '.env'] as const) {
  t.test(`takes the address of the server from ${place}`, async (t) => {
    const { url, asked } = await answering(t, 200, JSON.stringify(ANSWER));
    const inFile = place === '.env';
    const cwd = t.testdir(inFile ? { '.env': `ORTOLAN_URL=${url}\n` } : {});
    await ortolan(['classify', PHOTO], inFile ? {} : { ORTOLAN_URL: url }, cwd);
    t.equal(asked.length, 1);
  });
}

t.test('prints one JSON object a line', async (t) => {
  const { url } = await answering(t, 200, JSON.stringify(ANSWER));
  const { out } = await ortolan(['classify', PHOTO, PHOTO, '--url', url, '--json']);
  const { model, predictions } = ANSWER;
  const lines = out.trimEnd().split('\n');
  t.strictSame(
    lines.map((line) => JSON.parse(line) as unknown),
    [PHOTO, PHOTO].map((image) => ({ image, model, predictions })),
  );
});

t.test('prints the message and the code of a refusal', async (t) => {
  const refusal = { error: 'The queue is full.', code: 'QUEUE_FULL', retryable: true, request_id: 'x' };
  const { url } = await answering(t, 503, JSON.stringify(refusal));
  const { code, err } = await ortolan(['classify', PHOTO, '--url', url]);
  t.equal(code, 1);
  t.equal(err, 'ortolan: The queue is full. (QUEUE_FULL)\n');
});

t.test('reports a response that is not from an Ortolan server', async (t) => {
  const { url } = await answering(t, 200, '<html>');
  t.match(await ortolan(['classify', PHOTO, '--url', url]), {
    code: 1,
    err: `ortolan: ${url} answered 200, but not as this kind of server does.\n`,
  });
});

t.test('reports that no server responds', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  t.match(await ortolan(['classify', PHOTO, '--url', `http://127.0.0.1:${port}`]), {
    code: 1,
    err: `ortolan: The server at http://127.0.0.1:${port} cannot be reached (ECONNREFUSED): is it running?\n`,
  });
});

t.test('continues after a missing image, and exits with an error', async (t) => {
  const { url } = await answering(t, 200, JSON.stringify(ANSWER));
  const { code, out, err } = await ortolan(['classify', 'none.jpg', PHOTO, '--url', url]);
  t.equal(code, 1);
  t.match(out, /tiger cat/);
  t.equal(
    err,
    'ortolan: none.jpg: There is no file none.jpg.\nortolan: 1 of 2 images could not be classified.\n',
  );
});

t.test('classifies without a server', async (t) => {
  const { code, out, err } = await ortolan(['classify', PHOTO, '--top-k', '3', '--json']);
  t.equal(err, '');
  t.equal(code, 0);
  const { model, predictions } = JSON.parse(out) as typeof ANSWER;
  t.strictSame(model, { name: 'efficientnet-lite0', version: '1' });
  t.equal(predictions.length, 3);
  t.match(predictions[0], { label: 'tiger cat' });
});

t.test('disables the telemetry of onnxruntime', async (t) => {
  // With telemetry on, onnxruntime prints an error when it cannot write a machine id into the home folder.
  const { code, err } = await ortolan(['classify', PHOTO], {
    HOME: '/dev/null',
    ORTOLAN_CACHE_DIR: t.testdir(),
  });
  t.equal(code, 0);
  t.equal(err, '');
});

t.test('reports why a file is not an image', async (t) => {
  const image = join(t.testdir({ 'a.jpg': 'bytes' }), 'a.jpg');
  const { code, err } = await ortolan(['classify', image]);
  t.equal(code, 1);
  t.match(err, /^ortolan: [^\n]+\n$/);
});

t.test('reports a model that does not exist', async (t) => {
  const { code, err } = await ortolan(['classify', PHOTO, '--model', 'vgg']);
  t.equal(code, 1);
  t.match(err, /^ortolan: The default model vgg is not in [^\n]+\n$/);
});
