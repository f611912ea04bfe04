/** Small bodies that would be large once they are read, inflated, parsed or decoded: each is refused before the memory is spent. */
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { faultOf, get, post, requestBytes, scrape, Wire } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { brightness } from '../support/tiny-models.ts';
import { FORM_TYPE } from './fixtures/forms.ts';
import { claiming, vast } from './fixtures/images.ts';
import { photograph } from './fixtures/photographs.ts';

const MiB = 1024 * 1024;
const boundary = `--${FORM_TYPE.split('boundary=')[1]}`;
const models = modelRepository(t, { brightness: brightness() });
const { port } = await startServer(t, { models });

const json = { 'content-type': 'application/json' };
const gzip = { 'content-encoding': 'gzip' };
const parts = (each: string, times: number): string => `${each.repeat(times)}${boundary}--\r\n`;
const part = `${boundary}\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n`;

type Row = readonly [
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>>,
  status: number,
  code: string,
];

const BOMBS: Readonly<Record<string, Row>> = {
  'zeros in gzip, 200 MiB': [gzipSync(Buffer.alloc(200 * MiB)), gzip, 413, 'BODY_TOO_LARGE'],
  'gzip within gzip': [gzipSync(gzipSync(Buffer.alloc(20 * MiB))), gzip, 400, 'NOT_AN_IMAGE'],
  'two codings': [gzipSync('x'), { 'content-encoding': 'gzip, gzip' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  'JSON that inflates to 200 MiB': [
    gzipSync(`{"image":"${'A'.repeat(200 * MiB)}"}`),
    { ...json, ...gzip },
    413,
    'BODY_TOO_LARGE',
  ],
  'lists seven million deep': [
    gzipSync(`{"images":${'['.repeat(7 * MiB)}${']'.repeat(7 * MiB)}}`),
    { ...json, ...gzip },
    400,
    'BAD_FIELD',
  ],
  'nine million objects': [
    gzipSync(`{"images":[${'{},'.repeat(9 * MiB)}{}]}`),
    { ...json, ...gzip },
    400,
    'BAD_FIELD',
  ],
  'a PNG of 16,000 x 16,000': [vast(16_000), {}, 413, 'IMAGE_TOO_LARGE'],
  'a JPEG that claims 65,535 x 65,535': [
    claiming(photograph('coffee.jpg'), 65_535, 65_535),
    {},
    413,
    'IMAGE_TOO_LARGE',
  ],
  'a form of 100,000 parts': [parts(part, 100_000), { 'content-type': FORM_TYPE }, 400, 'BAD_FIELD'],
  'a form of 300,000 parts without headers': [
    parts(`${boundary}\r\n\r\n\r\n`, 300_000),
    { 'content-type': FORM_TYPE },
    400,
    'BAD_MULTIPART',
  ],
  'a part with 50,000 headers': [
    parts(`${boundary}\r\n${'a: b\r\n'.repeat(50_000)}\r\n1\r\n`, 1),
    { 'content-type': FORM_TYPE },
    400,
    'BAD_MULTIPART',
  ],
};

for (const [name, [body, headers, status, code]] of Object.entries(BOMBS)) {
  t.test(`${name}: ${code}`, async (t) => {
    t.strictSame(faultOf(await post(port, '/v1/predict', body, headers)), [status, code]);
  });
}

t.test('a head without end is refused at its limit, and so are heads on many connections', async (t) => {
  const wires = await Promise.all(Array.from({ length: 200 }, () => Wire.open(port)));
  const start = requestBytes({ path: '/health/live' }).subarray(0, -2);
  await Promise.all(
    wires.map((wire) => wire.write(Buffer.concat([start, Buffer.from(`X: ${'y'.repeat(20_000)}`)]))),
  );
  for (const wire of wires) t.equal((await wire.response())?.status, 431);
  t.equal((await get(port, '/health/live')).status, 200);
});

t.test('afterwards nothing is held', async (t) => {
  t.equal((await scrape(port))('ortolan_in_flight_bytes'), 0);
});
