/** `ortolan models traffic`, against a server that records what it is asked. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { STATE } from '../../../src/protocol/v1/traffic/schemas.ts';
import { ortolan, type Ended } from '../ortolan.ts';

interface Asked {
  readonly asked: string[];
  readonly run: (...args: string[]) => Promise<Ended>;
}

/** A server whose answer is the example of the documents, or an error. */
async function serving(t: Test, status = 200, answer: unknown = STATE.value): Promise<Asked> {
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
  return { asked, run: (...args) => ortolan(['models', 'traffic', 'm', ...args, '--url', url]) };
}

const PATH = '/v1/models/m/traffic';

t.test('shows the split, the comparison and the guard', async (t) => {
  const { asked, run } = await serving(t);
  const { code, out } = await run();
  t.equal(code, 0);
  t.match(out, /NAME +VERSION +SHARE +STATE +REQUESTS +ERRORS +P50 +P99/);
  t.match(out, /int8 +2 +10\.00 % +ready +310 +0 +6\.30 ms +12\.9 ms/);
  t.match(out, /1 \/ 2 +2788 +95\.0 % \(94\.1 % to 95\.8 %\)/);
  t.match(out, /Guard: version 2 inconclusive \(n 62\)/);
  t.strictSame(asked, [`GET ${PATH}`]);
});

t.test('what is typed takes the place of the same setting, and the others stay', async (t) => {
  const { asked, run } = await serving(t);
  t.equal((await run('--split', '1=80,int8=20', '--shadow', '2=0.1')).code, 0);
  const put = JSON.parse(asked[1]!.slice(`PUT ${PATH} `.length)) as object;
  t.strictSame(put, {
    sticky: 'header:x-user-id',
    guard: { maxErrorRate: 0.01, maxDisagreement: 0.2, maxP99Ratio: 1.5 },
    split: { '1': 80, int8: 20 },
    shadow: [{ version: '2', fraction: 0.1 }],
  });
});

t.test('none takes a setting away, and with the split what needs it', async (t) => {
  const { asked, run } = await serving(t);
  await run('--split', 'none');
  t.equal(asked[1], `PUT ${PATH} {"shadow":"int8"}`);
});

t.test('a step is one call', async (t) => {
  const { asked, run } = await serving(t);
  await run('rollback');
  await run('promote', 'int8');
  t.strictSame(asked, [`POST ${PATH}/rollback`, `POST ${PATH}/promote?version=int8`]);
});

t.test('a refusal is one sentence', async (t) => {
  const { run } = await serving(t, 400, { error: '/split/9 is no version.', code: 'BAD_FIELD' });
  const { code, err } = await run('--split', '9=1');
  t.equal(code, 1);
  t.equal(err, 'ortolan: /split/9 is no version. (BAD_FIELD)\n');
});

t.test('a server that takes no changes is told how to', async (t) => {
  const { run } = await serving(t, 404, { error: 'Nothing.', code: 'ROUTE_NOT_FOUND' });
  t.match((await run('rollback')).err, '--traffic-routes loopback');
});

t.test('what makes no sense is not sent', async (t) => {
  const { asked, run } = await serving(t);
  for (const args of [['explode'], ['hold', 'int8'], ['hold', '--split', '1=1'], ['--split', '1:90'], ['--guard', 'x=']]) {
    t.equal((await run(...args)).code, 2, args.join(' '));
  }
  t.strictSame(asked, []);
});
