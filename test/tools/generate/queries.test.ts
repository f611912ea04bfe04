/** The queries of docs/metrics.md: they ask for metrics that there are, and Prometheus's own parser takes them. */
import t from 'tap';
import { stringify } from 'yaml';
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts';
import { QUERIES } from '../../../tools/generate/queries.ts';
import { checkRules, WITH_PROMTOOL } from '../../support/promtool.ts';

interface MetricFacts {
  readonly name: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

const facts = createMetrics().registry.getMetricsAsArray() as unknown as readonly MetricFacts[];
const names = new Set(
  facts.flatMap(({ name, type }) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
);

t.test('every metric that is asked for is there', async (t) => {
  for (const { query } of QUERIES) {
    const asked = [...query.matchAll(/(?:ortolan|http|predictions?)_\w+/g)].map(([name]) => name);
    t.not(asked.length, 0, query);
    for (const name of asked) t.ok(names.has(name), name);
  }
});

t.test('every label that is asked for is one of some metric', async (t) => {
  const labels = new Set([...facts.flatMap(({ labelNames }) => labelNames), 'le']);
  for (const { query } of QUERIES) {
    const asked = [
      ...[...query.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(/, */)),
      ...[...query.matchAll(/(\w+)(?:=|!=|=~)"/g)].map(([, label]) => label!),
    ];
    for (const label of asked) t.ok(labels.has(label), `${label} in ${query}`);
  }
});

t.test('promtool takes them as rules', WITH_PROMTOOL, async (t) => {
  const rules = QUERIES.map(({ query }, index) => ({ record: `query:number${index}`, expr: query }));
  const { good, said } = checkRules(stringify({ groups: [{ name: 'queries', rules }] }));
  t.ok(good, said.join('\n'));
  t.match(said.join('\n'), `${QUERIES.length} rules found`);
  t.notOk(checkRules(stringify({ groups: [{ name: 'q', rules: [{ record: 'a', expr: 'sum(' }] }] })).good);
});
