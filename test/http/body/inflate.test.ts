import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { ByteBudget } from '../../../src/admission/budget.ts';
import { BodyBuffers } from '../../../src/http/body/buffers.ts';
import { codingOf, inflate, type Coding } from '../../../src/http/body/inflate.ts';
import { exchangeOf, type ExchangeUnderTest } from '../fixtures/exchange.ts';

const MiB = 1024 * 1024;

interface Inflating extends ExchangeUnderTest {
  readonly body: Promise<Buffer>;
  readonly budget: ByteBudget;
  readonly buffers: BodyBuffers;
}

/** Inflates `sent`; the permit already covers its compressed bytes. */
function inflating(
  sent: Uint8Array,
  coding: Coding,
  { maxBytes = MiB, budgetBytes = 100 * MiB } = {},
): Inflating {
  const each = exchangeOf();
  const budget = new ByteBudget(budgetBytes, each.clock);
  const permit = budget.open(0);
  each.exchange.onEnd(() => permit.release());
  const buffers = new BodyBuffers();
  const body = inflate(each.exchange, Buffer.from(sent), coding, { maxBytes, permit, buffers });
  body.catch(() => undefined);
  return { ...each, body, budget, buffers };
}

t.test('a header that names no coding leaves the body unchanged', async (t) => {
  for (const header of ['', 'identity', 'Identity', ',', ' , identity,']) {
    t.equal(codingOf(header), undefined, header);
  }
});

t.test('gzip and deflate are matched case-insensitively, as is x-gzip', async (t) => {
  t.equal(codingOf('gzip'), 'gzip');
  t.equal(codingOf(' X-GZip '), 'gzip');
  t.equal(codingOf('Deflate, identity'), 'deflate');
});

t.test('an unknown coding or several codings are refused with the accepted ones', async (t) => {
  for (const header of [
    'br',
    'zstd',
    'compress',
    'gzip, gzip',
    'deflate,gzip',
    'aws-chunked',
    'constructor',
    '*',
  ]) {
    t.throws(
      () => codingOf(header),
      {
        code: 'UNSUPPORTED_MEDIA_TYPE',
        message: /Content-Encoding.*gzip, deflate and identity/,
        headers: [['accept-encoding', 'gzip, deflate']],
      },
      header,
    );
  }
});

t.test('inflating restores the compressed bytes, whatever their size', async (t) => {
  for (const size of [1, 1000, 65_536, 65_537, MiB]) {
    const bytes = Buffer.alloc(size, 'the quick brown fox');
    t.ok((await inflating(gzipSync(bytes), 'gzip').body).equals(bytes), `gzip, ${size}`);
    t.ok((await inflating(deflateSync(bytes), 'deflate').body).equals(bytes), `deflate, ${size}`);
  }
});

t.test('several gzip members make one body', async (t) => {
  const { body } = inflating(Buffer.concat([gzipSync('one, '), gzipSync('two')]), 'gzip');
  t.equal((await body).toString(), 'one, two');
});

t.test('a body that does not match its content coding is refused with that reason', async (t) => {
  const plain = Buffer.from('no compression at all');
  for (const coding of ['gzip', 'deflate'] as const) {
    for (const sent of [plain, plain.subarray(0, 1), Buffer.alloc(40), deflateRawSync(plain)]) {
      await t.rejects(inflating(sent, coding).body, {
        code: 'BAD_ENCODING',
        message: `The body is not ${coding} data, as its Content-Encoding says.`,
      });
    }
  }
  await t.rejects(inflating(gzipSync(plain), 'deflate').body, {
    code: 'BAD_ENCODING',
    message: /not deflate/,
  });
  await t.rejects(inflating(deflateSync(plain), 'gzip').body, { code: 'BAD_ENCODING', message: /not gzip/ });
});

t.test('a truncated body is refused, wherever it is cut', async (t) => {
  for (const [coding, sent] of [
    ['gzip', gzipSync('twelve bytes')],
    ['deflate', deflateSync('twelve bytes')],
  ] as const) {
    for (let length = 2; length < sent.length; length++) {
      await t.rejects(inflating(sent.subarray(0, length), coding).body, {
        code: 'BAD_ENCODING',
        message: /cut off/,
      });
    }
  }
});

t.test('a byte changed in the data, the checksum or the length is refused', async (t) => {
  const sent = gzipSync('some bytes that are long enough to be compressed');
  for (const at of [20, sent.length - 8, sent.length - 1]) {
    const changed = Buffer.from(sent);
    changed[at] = changed[at]! ^ 1;
    await t.rejects(
      inflating(changed, 'gzip').body,
      { code: 'BAD_ENCODING', message: /damaged/ },
      `at ${at}`,
    );
  }
});

t.test('trailing bytes after the data are refused', async (t) => {
  for (const more of ['x', '\0', '\x1f', 'more bytes']) {
    for (const [coding, sent] of [
      ['gzip', gzipSync('data')],
      ['deflate', deflateSync('data')],
    ] as const) {
      const { body } = inflating(Buffer.concat([sent, Buffer.from(more)]), coding);
      await t.rejects(body, { code: 'BAD_ENCODING' }, `${coding} and ${JSON.stringify(more)}`);
    }
  }
});

t.test('a body that needs a dictionary is refused', async (t) => {
  const sent = deflateSync('words', { dictionary: Buffer.from('words') });
  await t.rejects(inflating(sent, 'deflate').body, { code: 'BAD_ENCODING', message: /dictionary/ });
});

t.test('a body that inflates to nothing is empty', async (t) => {
  await t.rejects(inflating(gzipSync(''), 'gzip').body, { code: 'EMPTY_BODY' });
});

t.test('a body may inflate to exactly the maximum size, and not to one byte more', async (t) => {
  const options = { maxBytes: 100_000 };
  t.equal((await inflating(gzipSync(Buffer.alloc(100_000)), 'gzip', options).body).length, 100_000);
  await t.rejects(inflating(gzipSync(Buffer.alloc(100_001)), 'gzip', options).body, {
    code: 'BODY_TOO_LARGE',
    message: /Inflated.*100000/,
  });
});

t.test('a decompression bomb is stopped at the limit, and reserves no more of the budget', async (t) => {
  const bomb = gzipSync(Buffer.alloc(50 * MiB));
  const { body, budget } = inflating(bomb, 'gzip');
  await t.rejects(body, { code: 'BODY_TOO_LARGE', status: 413 });
  t.ok(budget.used <= MiB, `${budget.used} bytes`);
});

t.test('the permit grows with the inflated bytes, and a used-up budget refuses the body', async (t) => {
  const sent = gzipSync(Buffer.alloc(300_000));
  const fits = inflating(sent, 'gzip');
  await fits.body;
  t.equal(fits.budget.used, 300_000);
  const { body } = inflating(sent, 'gzip', { budgetBytes: 200_000 });
  await t.rejects(body, { code: 'OVERLOADED', status: 503 });
});

t.test('when the client disconnects meanwhile, its bytes and its buffer are released once', async (t) => {
  const { body, response, budget, buffers } = inflating(gzipSync(Buffer.alloc(MiB)), 'gzip');
  response.abort();
  await t.rejects(body, { code: 'INTERNAL' });
  t.equal(budget.used, 0);
  const taken = Array.from({ length: 3 }, () => buffers.take(16 * 1024));
  t.equal(new Set(taken).size, 3);
});

t.test('a million empty gzip members are an empty body', async (t) => {
  const sent = Buffer.alloc(20 * 1000 * 1000, gzipSync(''));
  await t.rejects(inflating(sent, 'gzip', { maxBytes: 20 * MiB }).body, { code: 'EMPTY_BODY' });
});
