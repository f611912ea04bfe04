/** The metrics of a pipeline. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  eventOf,
  type EventData,
  type EventKind,
  type PipelineEvent,
} from '../../../src/pipeline/journal/event.ts';
import { expositionOf, PIPELINE_METRICS } from '../../../src/pipeline/report/metrics.ts';
import { publish } from '../../../src/pipeline/report/publish.ts';

const event = <Kind extends EventKind>(
  run: string,
  kind: Kind,
  data: EventData[Kind],
  now = 1_000_000,
): PipelineEvent => eventOf({ kind, data, model: 'net', run, at: 1, now });

const EVENTS = [
  event('cut', 'journal.cut', { totals: { refused: 7 }, highest: 9 }),
  event('r1', 'run.started', { trigger: 'command', reason: '' }),
  event('r1', 'step.started', { step: 'train' }),
  event('r1', 'step.finished', { step: 'train', ms: 1500, facts: { job: 'process' } }),
  event('r1', 'run.finished', { outcome: 'promoted', reason: '' }, 2_000_000),
  event('r2', 'run.started', { trigger: 'command', reason: '' }),
  event('r2', 'canary.weight', { version: '3', weight: 25 }),
  event('r2', 'step.started', { step: 'guard' }, 3_000_000),
];
const text = expositionOf({ model: 'net', events: EVENTS, lookedAt: 4_000_000, waiting: 2 });

t.test('what is counted comes from the whole journal', async (t) => {
  for (const line of [
    'ortolan_pipeline_runs_total{model="net",outcome="promoted"} 1',
    'ortolan_pipeline_runs_total{model="net",outcome="refused"} 7',
    'ortolan_pipeline_last_outcome_info{model="net",outcome="promoted"} 1',
    'ortolan_pipeline_last_outcome_info{model="net",outcome="failed"} 0',
    'ortolan_pipeline_last_end_timestamp_seconds{model="net",outcome="promoted"} 2000',
    'ortolan_pipeline_step_active{model="net",step="guard"} 1',
    'ortolan_pipeline_step_active{model="net",step="train"} 0',
    'ortolan_pipeline_step_duration_seconds{model="net",step="train"} 1.5',
    'ortolan_pipeline_canary_weight_ratio{model="net"} 0.25',
    'ortolan_pipeline_look_timestamp_seconds{model="net"} 4000',
    'ortolan_pipeline_events_waiting{model="net"} 2',
  ])
    t.ok(text.includes(`${line}\n`), line);
});

t.test('every metric is declared with what it is, once', async (t) => {
  for (const { name, help } of PIPELINE_METRICS)
    t.equal(text.split(`# HELP ${name} ${help}\n`).length, 2, name);
});

t.test('the file is whole, under a name that others read, and the push is the same text', async (t) => {
  const folder = t.testdir();
  let pushed = '';
  const server = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (more: string) => (pushed += more));
    request.on('end', () =>
      response.writeHead(request.url === '/metrics/job/ortolan_pipeline/model/net' ? 202 : 404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const textfile = join(folder, 'net.prom');
  const pushgateway = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.strictSame(await publish(text, { model: 'net', metrics: { textfile, pushgateway } }), []);
  t.equal(readFileSync(textfile, 'utf8'), text);
  t.equal(statSync(textfile).mode & 0o044, 0o044);
  t.equal(pushed, text);
});

t.test('a place that is not there is said, and nothing fails', async (t) => {
  const metrics = { textfile: '/no/such/folder/net.prom', pushgateway: new URL('http://127.0.0.1:1') };
  const faults = await publish(text, { model: 'net', metrics });
  t.match(faults, [/cannot be written \(ENOENT\)/, /ECONNREFUSED/]);
});
