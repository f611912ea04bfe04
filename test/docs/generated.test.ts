import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { OPTION_NAMES } from '../../src/config/schema.ts';
import { ERRORS } from '../../src/errors.ts';
import { PIPELINE_METRICS } from '../../src/pipeline/report/metrics.ts';
import { createMetrics } from '../../src/telemetry/metrics/metrics.ts';

const DOCUMENTS = ['configuration.md', 'errors.md', 'metrics.md', 'model-json.md', 'openapi.json'];

const generate = (cwd: string, ...options: string[]) =>
  spawnSync(process.execPath, [resolve('tools/generate/main.ts'), ...options], { cwd, encoding: 'utf8' });

const read = (file: string): string => readFileSync(`docs/${file}`, 'utf8');

t.test('the generated documents are current', async (t) => {
  const { status, stderr } = generate('.', '--check');
  t.equal(status, 0, stderr);
});

t.test('a document that is old or missing is named, and left as it is', async (t) => {
  const folder = t.testdir({ docs: {} });
  t.equal(generate(folder).status, 0);
  t.equal(generate(folder, '--check').status, 0);
  writeFileSync(join(folder, 'docs/errors.md'), 'old');
  const { status, stderr } = generate(folder, '--check');
  t.equal(status, 1);
  t.equal(stderr, 'Not current: docs/errors.md. Run `make generate`.\n');
  t.equal(readFileSync(join(folder, 'docs/errors.md'), 'utf8'), 'old');
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  for (const file of DOCUMENTS) t.match(generate(empty, '--check').stderr, file);
});

t.test('each begins by saying what it was made by', async (t) => {
  for (const file of DOCUMENTS) {
    const [first, second] = read(file).split('\n');
    t.match(file.endsWith('.json') ? second : first, 'make generate', file);
  }
});

/** What stands in backticks in the first column of the tables. */
const listed = (file: string): string[] =>
  [...read(file).matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name!);

t.test('docs/errors.md has every error code, under its status, and nothing else', async (t) => {
  t.strictSame(listed('errors.md').sort(), Object.keys(ERRORS).sort());
  const sections = read('errors.md').split(/^## /m).slice(1);
  for (const [code, { status }] of Object.entries(ERRORS)) {
    t.ok(sections.some((section) => section.startsWith(`${status}\n`) && section.includes(`\`${code}\``)));
  }
});

t.test('docs/configuration.md has every option and nothing else', async (t) => {
  t.strictSame(listed('configuration.md').sort(), [...OPTION_NAMES].sort());
});

interface MetricFacts {
  readonly name: string;
  readonly help: string;
  readonly type: string;
}

const metrics = createMetrics().registry.getMetricsAsArray() as unknown as MetricFacts[];
const ours = metrics.filter(({ name }) => !/^(process|nodejs)_/.test(name));

const compat = createMetrics('triton').registry.getMetricsAsArray() as unknown as MetricFacts[];

t.test('docs/metrics.md has every metric of ours, those of Triton, and nothing else', async (t) => {
  const triton = compat.filter(({ name }) => !metrics.some((own) => own.name === name));
  t.strictSame(
    listed('metrics.md').sort(),
    [...ours, ...triton, ...PIPELINE_METRICS].map(({ name }) => name).sort(),
  );
});

/** Names that others have chosen; dashboards depend on them. */
const GIVEN = ['predictions_total', 'prediction_duration_seconds', 'http_requests_total'];

t.test('metrics of ours say so, but for those whose names are given', async (t) => {
  const foreign = ours.map(({ name }) => name).filter((name) => !name.startsWith('ortolan_'));
  t.strictSame(foreign.sort(), GIVEN.sort());
});

t.test('names of metrics follow the rules of Prometheus', async (t) => {
  for (const { name, type, help } of ours) {
    t.match(name, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    t.equal(name.endsWith('_total'), type === 'counter', `${name}: counters, and they alone, end in _total`);
    // A name says its unit last, before _total; a limit keeps the name of what it limits.
    const words = name.replace(/_total$|_limit$/, '').split('_');
    for (const unit of ['seconds', 'bytes', 'ratio', 'info']) {
      t.ok(!words.includes(unit) || words.at(-1) === unit, `${name}: the unit comes last`);
    }
    t.notMatch(name, /_(ms|millis|milliseconds|minutes|kb|mb|kib|mib|percent|count|sum|bucket)(_|$)/);
    t.match(help, /^[A-Z].*\.$/, `${name}: help is a sentence`);
  }
});

t.test('durations are in seconds, sizes in bytes, and shares are ratios', async (t) => {
  for (const { name, help } of ours) {
    if (/^(Duration|How long)/.test(help)) t.match(name, /_seconds$/);
    if (help.startsWith('Bytes')) t.match(name, /_bytes(_total)?$/);
    if (/^(Probability|Share)/.test(help)) t.match(name, /_ratio$/);
  }
});
