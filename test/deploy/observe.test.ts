/**
 * A real server under load (good and bad requests, overload) and a real Prometheus with our rules that scrapes it: every
 * query of every panel, and every recording rule, has data.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { freePort } from '../../tools/process/free-port.ts';
import { filledIn, panelsOf, readDashboards } from '../../grafana/panels.ts';
import { onPath } from '../../tools/process/on-path.ts';
import { Prometheus, type Rule, type Series } from '../../prometheus/process.ts';
import { get, post, postJson, until, Wire } from '../support/http-client.ts';
import { PHOTOS, portOf, startProcess } from '../support/start-server.ts';
import { readPromql } from './promql.ts';

/** Queries that may have no data, and why. */
const MAY_BE_EMPTY: readonly (readonly [part: string, why: string])[] = [
  ['ortolan_wasted_rows_total', 'it takes a client that leaves at just the wrong moment'],
  ['ortolan_limited_requests_total', 'no caller has a limit'],
  ['ortolan_limits_shared', 'no limits are shared'],
  ['offset 1d', 'the server has not run for a day'],
  ['ortolan_accuracy', 'no predictions are logged'],
  ['ortolan_feedback', 'no predictions are logged'],
  ['ortolan_calibration', 'no predictions are logged'],
  ['ortolan_confusions', 'no predictions are logged'],
  ['ortolan_prediction_log', 'no predictions are logged'],
  ['ortolan_drift', 'no version has a reference'],
  ['ortolan_feature', 'no model has features from a store'],
  ['ortolan_federated', 'there was no round'],
  ['ortolan_artifact', 'no models come from a store'],
  ['ortolan_pipeline', 'no pipeline runs'],
];

/** Metrics of a pipeline, which is a program of its own. */
const OF_A_PIPELINE = /^ortolan_pipeline_/;

/** Also the limit for a scrape: the machine may be busy. */
const EVERY_SECONDS = 2;
const SCRAPES = 12;
/** Long enough to include the traffic when the last panel is queried. */
const RATE_SECONDS = 90;
const SPAN_SECONDS = RATE_SECONDS;

async function observe(program: string): Promise<void> {
  t.setTimeout(0);
  const server = startProcess(t, { options: { workers: 2, sloP99Ms: 200, maxQueueRows: 8 } });
  const port = await portOf(server);
  const target = `127.0.0.1:${port}`;
  const prometheus = await Prometheus.start({
    program,
    target,
    port: await freePort(),
    everySeconds: EVERY_SECONDS,
  });
  t.teardown(() => prometheus.stop());
  while ((await valueOf(prometheus, 'sum_over_time(up{job="ortolan"}[10m])')) < SCRAPES) await round(port);

  for (const dashboard of readDashboards()) {
    const { title, templating } = dashboard;
    t.test(`every panel of "${title}" has data`, async (t) => {
      for (const panel of panelsOf(dashboard)) {
        for (const { expr, instant } of panel.targets) {
          const query = filledIn(expr, { rate: RATE_SECONDS, range: SPAN_SECONDS });
          const found = await (instant
            ? prometheus.query(query)
            : prometheus.queryRange(query, SPAN_SECONDS, EVERY_SECONDS));
          const excuse = MAY_BE_EMPTY.find(([part]) => expr.includes(part))?.[1];
          if (excuse !== undefined && !hasData(found)) t.pass(`${panel.title}: nothing, for ${excuse}`);
          else t.ok(hasData(found), `${panel.title}: ${query}`);
          const others = found.filter(({ metric }) => (metric['instance'] ?? target) !== target);
          t.strictSame(others, [], 'no other target, Prometheus among them, is taken for a server');
        }
      }
    });

    t.test(`every variable of "${title}" has a value`, async (t) => {
      for (const { definition = '' } of templating.list) {
        // The data source is chosen by type, not by a query.
        if (definition === '') continue;
        const [, metric, label] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
        const query = filledIn(`count by (${label}) (${metric})`, {
          rate: RATE_SECONDS,
          range: SPAN_SECONDS,
        });
        t.ok((await prometheus.query(query))[0]?.metric[label!], definition);
      }
    });
  }

  t.test('every rule can be evaluated, and every recording rule has data', async (t) => {
    const rules = await prometheus.rules();
    t.ok(rules.length > 30);
    for (const { name, type, health, lastError } of rules) {
      t.equal(health, 'ok', `${name} ${lastError ?? ''}`);
      if (type !== 'recording') continue;
      const excuse = MAY_BE_EMPTY.find(([part]) => name.includes(part))?.[1];
      t.ok(excuse !== undefined || hasData(await prometheus.query(name)), name);
    }
  });

  t.test('alerts of overload are pending or firing, and no others', async (t) => {
    const alerts = await prometheus.rules();
    for (const name of ['ErrorBudgetBurnFast', 'ErrorBudgetBurnSlow', 'Overloaded']) {
      t.not(stateOf(alerts, name), 'inactive', `${name}: a server that refuses so much`);
    }
    for (const name of [
      'Down',
      'NotReady',
      'ModelUnavailable',
      'ModelQuarantined',
      'Crashed',
      'WorkerDied',
      'WorkersMissing',
      'MemoryHigh',
      'CertificateExpiresSoon',
      'ConfidenceShifted',
    ]) {
      t.equal(stateOf(alerts, name), 'inactive', name);
    }
  });

  t.test('queries and rules use only metrics that the server exposes', async (t) => {
    const text = (await get(port, '/metrics')).body.toString('utf8');
    const exposed = new Set(
      [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
        type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ),
    );
    const rules = await prometheus.rules();
    const others = new Set([
      ...rules.map(({ name }) => name),
      ...['up', 'ALERTS', 'probe_ssl_earliest_cert_expiry'],
    ]);
    const queries = [
      ...rules.map(({ query }) => query),
      ...readDashboards()
        .flatMap(panelsOf)
        .flatMap(({ targets }) => targets)
        .map(({ expr }) => filledIn(expr, { rate: RATE_SECONDS, range: SPAN_SECONDS })),
    ];
    const asked = new Set(
      queries.flatMap((query) => readPromql(query).selectors.map(({ metric }) => metric)),
    );
    t.ok(asked.size > 30);
    t.strictSame(
      [...asked].filter(
        (metric) => !exposed.has(metric) && !others.has(metric) && !OF_A_PIPELINE.test(metric),
      ),
      [],
    );
  });

  t.test('a stopped server is reported as down', async (t) => {
    server.child.kill('SIGKILL');
    await server.ended;
    await until(async () => stateOf(await prometheus.rules(), 'Down') === 'pending');
    t.equal(await valueOf(prometheus, 'up{job="ortolan"}'), 0);
  });
}

/** Good and bad requests, several images, an overload, short deadlines, clients that leave. */
async function round(port: number): Promise<void> {
  const [cat, coffee] = ['cat.jpg', 'coffee.jpg'].map((name) => readFileSync(join(PHOTOS, name)));
  const images = [cat!.toString('base64'), Buffer.from('no image').toString('base64')];
  const int8 = '/v1/models/efficientnet-lite0/versions/int8/predict';
  await Promise.all([
    ...Array.from({ length: 40 }, () => post(port, '/v1/predict', cat!)),
    ...Array.from({ length: 10 }, () => post(port, '/v1/predict', cat!, { 'x-request-timeout-ms': '60' })),
    ...Array.from({ length: 5 }, () => leave(port, cat!)),
  ]);
  await postJson(port, '/v1/predict', { images });
  await post(port, int8, coffee!);
  await post(port, '/v1/predict', 'no image');
  await post(port, '/v1/models/nope/predict', cat!);
}

async function leave(port: number, body: Uint8Array): Promise<void> {
  const wire = await Wire.open(port);
  await wire.send({ method: 'POST', path: '/v1/predict', body });
  wire.leave();
}

const stateOf = (rules: readonly Rule[], name: string): string | undefined =>
  rules.find((rule) => rule.name === `Ortolan${name}`)?.state;

/** The first value of an expression; 0 when there is none. */
async function valueOf(prometheus: Prometheus, expression: string): Promise<number> {
  return Number((await prometheus.query(expression))[0]?.value?.[1] ?? 0);
}

const hasData = (found: readonly Series[]): boolean =>
  found.some(({ value, values = [] }) =>
    [...values, ...(value === undefined ? [] : [value])].some(([, text]) => text !== 'NaN'),
  );

const program = onPath('prometheus');
if (program === undefined) {
  t.pass('prometheus is not on this machine: no query and no rule was tried', {
    skip: 'there is no prometheus',
  });
  t.end();
} else await observe(program);
