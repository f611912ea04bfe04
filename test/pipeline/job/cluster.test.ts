/** A Job of a cluster, against an API server of a few lines: what is asked of it, and every way in which a Job ends. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Clock } from '../../../src/clock.ts';
import { accessHere, ClusterJob, type ClusterAccess } from '../../../src/pipeline/job/cluster.ts';
import type { JobOrder } from '../../../src/pipeline/job/job.ts';
import { Mint, NO_OPENSSL } from '../../support/certificates.ts';

const TEMPLATE = join(import.meta.dirname, '../../../models/retrain/kubernetes/job.json');
const SETTINGS = { template: TEMPLATE, container: 'trainer', namespace: undefined };
const skip = NO_OPENSSL;

/** Time passes whenever somebody waits. */
function eagerClock(): Clock {
  let ms = 0;
  return {
    now: () => ms,
    after(wait, task) {
      let wanted = true;
      setImmediate(() => {
        if (!wanted) return;
        ms += wait;
        task();
      });
      return () => (wanted = false);
    },
  };
}

const orderOf = (signal: AbortSignal = new AbortController().signal): JobOrder => ({
  id: 'run',
  model: 'net',
  command: ['train'],
  folder: '/state',
  env: { TRAIN_OUT: '/state/out' },
  deadlineMs: 60_000,
  notes: '/state/notes',
  signal,
});

type Answer = readonly [status: number, body: unknown];

interface Cluster {
  readonly access: ClusterAccess;
  readonly asked: string[];
  /** What GET answers, one after the other; the last for ever. */
  states: Answer[];
  created: Answer;
}

async function clusterOf(t: Test): Promise<Cluster> {
  const mint = new Mint(t);
  const authority = mint.make({ name: 'cluster', authority: true });
  const own = mint.make({ name: 'api', names: ['IP:127.0.0.1'], signedBy: authority });
  const asked: string[] = [];
  const self: Cluster = { access: undefined as never, asked, states: [[200, {}]], created: [201, {}] };
  const server = createServer(
    { key: readFileSync(own.keyFile), cert: readFileSync(own.certFile) },
    (request, response) => {
      request.resume().on('end', () => {
        asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
        const [status, body] =
          request.method === 'POST'
            ? self.created
            : self.states.length > 1
              ? self.states.shift()!
              : self.states[0]!;
        response.writeHead(status).end(JSON.stringify(body));
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let turn = 0;
  const token = (): string => `token-${++turn}`;
  const access = { origin, namespace: 'team-a', ca: readFileSync(authority.certFile, 'utf8'), token };
  return Object.assign(self, { access });
}

const condition = (type: string, more: object = {}): Answer => [
  200,
  { status: { conditions: [{ type, status: 'True', ...more }] } },
];
const jobOf = ({ access }: Cluster): ClusterJob => new ClusterJob(SETTINGS, access, eagerClock());

t.test(
  'a Job is made, and waited for until it is complete, with the token of the moment',
  { skip },
  async (t) => {
    const cluster = await clusterOf(t);
    cluster.states = [[200, {}], [500, {}], condition('Complete')];
    await jobOf(cluster).run(orderOf());
    const path = '/apis/batch/v1/namespaces/team-a/jobs';
    t.match(cluster.asked, [
      `POST ${path} Bearer token-1`,
      new RegExp(`^GET ${path}/ortolan-train-net-[0-9a-f]{10} Bearer token-2$`),
      /token-3$/,
      /token-4$/,
    ]);
  },
);

t.test('the Job of a pipeline that was started again is waited for, not made twice', { skip }, async (t) => {
  const cluster = await clusterOf(t);
  cluster.created = [409, { message: 'already exists' }];
  cluster.states = [condition('Complete')];
  await jobOf(cluster).run(orderOf());
});

t.test('a Job that fails, is taken away or is not taken says why', { skip }, async (t) => {
  const cluster = await clusterOf(t);
  const { states } = cluster;
  for (const [answer, reason] of [
    [
      condition('Failed', { reason: 'DeadlineExceeded', message: 'Job was active longer' }),
      /failed: DeadlineExceeded, Job was active longer; kubectl logs job\//,
    ],
    [[404, {}], /was taken away by somebody/],
  ] as const) {
    states[0] = answer;
    await t.rejects(jobOf(cluster).run(orderOf()), reason);
  }
  cluster.created = [403, { message: 'jobs.batch is forbidden' }];
  await t.rejects(jobOf(cluster).run(orderOf()), /does not take the Job: jobs.batch is forbidden \(403\)/);
});

t.test('a Job that the cluster does not end is taken away', { skip }, async (t) => {
  const cluster = await clusterOf(t);
  await t.rejects(jobOf(cluster).run(orderOf()), /had not finished within 1m/);
  t.match(cluster.asked.at(-1), /^DELETE .*propagationPolicy=Background/);
});

t.test('a stop of the pipeline leaves the Job to the next one', { skip }, async (t) => {
  const cluster = await clusterOf(t);
  const stop = new AbortController();
  const running = jobOf(cluster).run(orderOf(stop.signal));
  stop.abort(new Error('stopped'));
  await t.rejects(running, /^stopped$/);
  t.notOk(cluster.asked.some((line) => line.startsWith('DELETE')));
});

t.test('an API server with another authority is not believed', { skip }, async (t) => {
  const cluster = await clusterOf(t);
  const other = new Mint(t).make({ name: 'other', authority: true });
  Object.assign(cluster.access, { ca: readFileSync(other.certFile, 'utf8') });
  await t.rejects(jobOf(cluster).run(orderOf()), /the API server of the cluster: /);
  t.strictSame(cluster.asked, []);
});

t.test('who the pipeline is comes from its pod, and outside of a cluster there is none', async (t) => {
  const account = t.testdir({ token: 'abc\n', namespace: 'team-a', 'ca.crt': 'PEM' });
  const access = accessHere(
    { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '6443' },
    account,
  );
  t.match(access, { origin: 'https://10.0.0.1:6443', namespace: 'team-a', ca: 'PEM' });
  t.equal(access.token(), 'abc');
  t.equal(accessHere({ KUBERNETES_SERVICE_HOST: 'fd00::1' }, account).origin, 'https://[fd00::1]:443');
  t.throws(() => accessHere({}, account), /it runs in none \(KUBERNETES_SERVICE_HOST is not set\)/);
  t.throws(() => accessHere({ KUBERNETES_SERVICE_HOST: 'h' }, '/none'), /ENOENT/);
});
