/** `ortolan drift`: a reference of rows on disk, and what is asked of a server that records it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { STATE } from '../../../src/protocol/v1/drift/schemas.ts';
import { parseReference } from '../../../src/repository/drift/reference.ts';
import { modelRepository } from '../../support/model-repository.ts';
import { affine } from '../../support/tiny-models.ts';
import { ortolan, type Ended } from '../ortolan.ts';

async function serving(t: Test, status = 200, answer: unknown = STATE.value) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push(`${request.method} ${request.url} ${body}`.trimEnd());
      response.writeHead(status).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { asked, run: (...args: string[]): Promise<Ended> => ortolan(['drift', ...args, '--url', url]) };
}

t.test('shows each statistic beside its threshold', async (t) => {
  const { asked, run } = await serving(t);
  const { code, out } = await run('show', 'efficientnet-lite0');
  t.equal(code, 0);
  t.match(out, /efficientnet-lite0 version 1: watched/);
  t.match(out, /luminance +ks +0\.412 +0\.138 +DRIFT +1\.31 \(0\.140\)/);
  t.match(out, /class_share +l_infinity/);
  t.strictSame(asked, ['GET /v1/models/efficientnet-lite0/drift']);
  t.equal((await run('show', 'efficientnet-lite0/9')).code, 1);
});

t.test('asks a server to make a reference of its traffic', async (t) => {
  const { asked, run } = await serving(t);
  const typed = ['--traffic', '1000', '--one-in', '60', '--false-alarm-every', '500'];
  t.equal((await run('baseline', 'm/2', ...typed)).code, 0);
  t.strictSame(asked, [
    'POST /v1/models/m/drift/baseline {"version":"2","rows":1000,"one_in":60,"false_alarm_every":500}',
  ]);
  const refused = await serving(t, 404, { error: 'Nothing.', code: 'ROUTE_NOT_FOUND' });
  t.match((await refused.run('baseline', 'm', '--traffic', '1000')).err, /--drift-routes loopback/);
});

t.test('makes a reference of rows in a file, and says what was left out', async (t) => {
  const models = modelRepository(t, { m: affine() });
  const rows = Array.from({ length: 300 }, (_, row) => `${row},${row % 7},${row % 2},1`);
  const file = join(models, 'rows.csv');
  writeFileSync(file, ['a,b,c,d', ...rows, 'x,1,2,3', '1,2'].join('\n'));
  const { code, out, err } = await ortolan([
    'drift',
    'baseline',
    'm',
    '--rows',
    file,
    '--models',
    models,
    '--window',
    '100',
  ]);
  t.equal(code, 0, err);
  t.match(out, /m\/1\/drift\.json: 8 features of 300 rows\. Every 100 rows are compared/);
  t.match(err, /2 rows were left out, the first: line 302: Element 0 of the input x/);
  const reference = parseReference(readFileSync(join(models, 'm/1/drift.json'), 'utf8'), 'drift.json');
  t.equal(reference.window, 100);
  t.strictSame(
    reference.numbers.map(({ feature }) => feature),
    ['x[0]', 'x[1]', 'x[2]', 'x[3]', 'y[0]', 'y[1]', 'y[2]', 'y[3]'],
  );
});

t.test(
  'too few rows, another kind of model and what makes no sense are refused, and nothing is written',
  async (t) => {
    const models = modelRepository(t, { m: affine() });
    const file = join(models, 'rows.csv');
    writeFileSync(file, Array.from({ length: 199 }, () => '1,2,3,4').join('\n'));
    const run = (...args: string[]): Promise<Ended> =>
      ortolan(['drift', 'baseline', ...args, '--models', models]);
    for (const [args, code, says] of [
      [['m', '--rows', file], 1, /needs 200 rows at least, and there are 199/],
      [['m', '--rows', join(models, 'none.csv')], 1, /none\.csv cannot be read \(ENOENT\)/],
      [['m', '--images', models], 1, /m takes rows: --rows FILE/],
      [['n', '--rows', file], 1, /no model n/],
      [['m/7', '--rows', file], 2, /no version 7/],
      [['m'], 2, /one of --images DIR, --rows FILE and --traffic ROWS/],
      [['m', '--rows', file, '--images', models], 2, /one of/],
      [['m', '--rows', file, '--window', '1'], 2, /--window takes a whole number from 50 to 100000/],
      [['a/b/c', '--rows', file], 2, /not the name of a model/],
    ] as const) {
      const ended = await run(...args);
      t.equal(ended.code, code, args.join(' '));
      t.match(ended.err, says);
    }
    t.notOk(existsSync(join(models, 'm/1/drift.json')));
  },
);
