/** The manual names nothing that is not there: metrics, error codes, files, headings; and every alert has its heading. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { ERRORS } from '../../src/errors.ts';

const ROOT = join(import.meta.dirname, '../..');
const MANUAL = 'docs/operations.md';
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const manual = read(MANUAL);
const headings = [...manual.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => heading!);
/** As GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

const ALERT_RULES = 'prometheus/rules/alerts.yml';
/** Names of recorded series are prometheus/rules' own. */
const RECORDED = /^(job|job_model|slo|limit):/;
/** Parts of names of recorded series that are no metric themselves. */
const RECORDED_ONLY = new Set(['ortolan_memory', 'ortolan_accuracy']);

t.test('every metric of ours in it is declared', async (t) => {
  const declared = new Set([...read('docs/metrics.md').matchAll(/`([a-z_]+)`/g)].map(([, name]) => name!));
  const named = [...manual.matchAll(/\b(ortolan|predictions|prediction|http)_[a-z_]+\b/g)]
    .map(([name]) => name.replace(/_(bucket|count|sum)$/, ''))
    .filter((name) => !RECORDED.test(name));
  t.ok(named.length > 10);
  for (const name of new Set(named)) t.ok(declared.has(name) || RECORDED_ONLY.has(name), name);
});

t.test('every error code in it exists', async (t) => {
  const codes = [...manual.matchAll(/`([A-Z]+_[A-Z_]+|OVERLOADED|DRAINING|INTERNAL)`/g)].map(
    ([, code]) => code!,
  );
  t.ok(codes.length > 10);
  for (const code of new Set(codes)) if (!/^(ORTOLAN|UWS)_/.test(code)) t.ok(code in ERRORS, code);
});

t.test('nothing in it is left to be written', async (t) => {
  t.notMatch(manual, /TODO|FIXME|XXX/);
});

const skip = existsSync(join(ROOT, ALERT_RULES)) ? false : `NOT TRIED: there is no ${ALERT_RULES} here`;
t.test('every alert has a heading that says what to do', { skip }, async (t) => {
  const { groups } = parse(read(ALERT_RULES)) as {
    groups: { rules: { alert?: string; annotations?: { runbook_url?: string } }[] }[];
  };
  const alerts = groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert !== undefined);
  t.ok(alerts.length > 0);
  for (const { alert, annotations } of alerts) {
    t.ok(headings.includes(alert!), alert!);
    t.equal(annotations?.runbook_url?.split('#')[1], anchorOf(alert!));
    const part = manual.split(`### ${alert}\n`)[1]?.split('\n### ')[0] ?? '';
    for (const word of ['Means', 'Confirm', 'Now', 'Later', 'Ignore'])
      t.match(part, `**${word}**`, `${alert}: ${word}`);
  }
});
