/** The settings of the Prometheus of `make observe`: those of the repository, for this machine. */
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { writeSettings } from '../../prometheus/settings.ts';

t.test('scrapes the given addresses at the given interval', async (t) => {
  const place = { target: '127.0.0.1:1', self: '127.0.0.1:2', everySeconds: 2 };
  const settings = parse(readFileSync(await writeSettings(t.testdir(), place), 'utf8')) as object;
  t.match(settings, {
    global: {
      scrape_interval: '2s',
      evaluation_interval: '2s',
      external_labels: { runbooks: 'http://127.0.0.1:2/user/operations.txt' },
    },
    scrape_configs: [
      { job_name: 'ortolan', static_configs: [{ targets: ['127.0.0.1:1'] }] },
      { job_name: 'prometheus', static_configs: [{ targets: ['127.0.0.1:2'] }] },
    ],
  });
});

t.test('the memory limit is this machine’s, not that of a container', async (t) => {
  const folder = t.testdir();
  await writeSettings(folder, { target: 'a:1', self: 'a:2', everySeconds: 2 });
  const { groups } = parse(readFileSync(join(folder, 'rules/recording.yml'), 'utf8')) as {
    groups: { rules: { record: string; expr: string }[] }[];
  };
  const limit = groups
    .flatMap(({ rules }) => rules)
    .find(({ record }) => record === 'limit:ortolan_memory:bytes');
  const constrained = process.constrainedMemory();
  t.equal(limit?.expr, `vector(${constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()})`);
});
