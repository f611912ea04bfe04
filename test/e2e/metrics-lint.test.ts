/** The tools of Prometheus read the metrics of a real server after some traffic, in both formats. */
import t, { type Test } from 'tap';
import { get, post } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { lintMetrics, readOpenMetrics, WITH_PROMTOOL } from '../support/promtool.ts';
import { startServer } from '../support/start-server.ts';
import { affine, brightness } from '../support/tiny-models.ts';
import { plain } from './fixtures/images.ts';

type Compat = 'none' | 'triton';

const models = modelRepository(t, { affine: affine(), brightness: brightness() });

/** The metrics of a server that has answered, failed and refused. */
async function metricsOf(t: Test, metricsCompat: Compat, accept = 'text/plain'): Promise<string> {
  const { port } = await startServer(t, { models, options: { defaultModel: 'brightness', metricsCompat } });
  await post(port, '/v1/predict', plain([0, 255, 0]));
  await post(port, '/v1/predict', 'no image');
  await get(port, '/nope');
  await get(port, '/health');
  return (await get(port, '/metrics', { accept })).body.toString('utf8');
}

t.test('the linter of Prometheus reports no problem', WITH_PROMTOOL, async (t) => {
  const text = await metricsOf(t, 'none');
  t.same(lintMetrics(text), { good: true, said: [] });
  t.notOk(lintMetrics(`${text}# TYPE bad_ms gauge\nbad_ms 1\n`).good, 'the linter reports a bad name');
});

t.test('with Triton names enabled, the linter reports only those names', WITH_PROMTOOL, async (t) => {
  const { good, said } = lintMetrics(await metricsOf(t, 'triton'));
  t.notOk(good);
  t.strictSame(
    said.filter((line) => !/^nv_(inference|cache)_/.test(line)),
    [],
  );
});

for (const compat of ['none', 'triton'] as const) {
  t.test(
    `the parser of Prometheus reads the whole OpenMetrics text, compatible names: ${compat}`,
    WITH_PROMTOOL,
    async (t) => {
      const text = await metricsOf(t, compat, 'application/openmetrics-text;version=1.0.0');
      t.match(text, /\n# EOF\n$/);
      const { good, said } = readOpenMetrics(text);
      t.ok(good, said.join('\n'));
      t.notOk(readOpenMetrics(text.replace('# EOF\n', '')).good, 'the parser reports a missing end');
    },
  );
}
