import t, { type Test } from 'tap';
import { loadConfig, type ConfigInput } from '../../src/config/load.ts';
import { standardSettings } from '../../src/config/standard-env.ts';

const machine = { cores: 1, coresFrom: 'test', memoryBytes: 1024 ** 3, memoryFrom: 'test' } as const;

function load(t: Test, input: Partial<ConfigInput>, files: Record<string, string> = {}) {
  return loadConfig({ flags: {}, env: {}, cwd: t.testdir(files), machine, ...input });
}

const BASE = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

t.test('the endpoint for all signals gets the path of traces', async (t) => {
  const { config, sources } = load(t, { env: BASE });
  t.equal(config.tracingEndpoint, 'http://collector:4318/v1/traces');
  t.strictSame(sources.tracingEndpoint, { kind: 'environment', name: 'OTEL_EXPORTER_OTLP_ENDPOINT' });
  const deeper = load(t, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://example.com/otlp/' } });
  t.equal(deeper.config.tracingEndpoint, 'https://example.com/otlp/v1/traces');
});

t.test('the endpoint for traces takes precedence, and is used unchanged', async (t) => {
  const env = { ...BASE, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces:1/own' };
  t.equal(load(t, { env }).config.tracingEndpoint, 'http://traces:1/own');
});

t.test('the option of the server takes precedence over both, from any source', async (t) => {
  const env = { ...BASE, OTEL_SERVICE_NAME: 'theirs' };
  const file = { 'ortolan.json': '{"tracingEndpoint": "http://file:1", "tracingServiceName": "ours"}' };
  t.match(load(t, { env }, file).config, {
    tracingEndpoint: 'http://file:1',
    tracingServiceName: 'ours',
  });
  const flags = { tracingEndpoint: 'http://flag:1' };
  t.equal(load(t, { env, flags }).config.tracingEndpoint, 'http://flag:1');
});

t.test(
  'the service name comes from its variable, then from the attributes, then from the default',
  async (t) => {
    const attributes = 'team=a,service.name=bird%20watch,service.namespace=zoo';
    const named = { OTEL_SERVICE_NAME: 'birds', OTEL_RESOURCE_ATTRIBUTES: attributes };
    t.equal(load(t, { env: named }).config.tracingServiceName, 'birds');
    const attributed = load(t, { env: { OTEL_RESOURCE_ATTRIBUTES: attributes } });
    t.equal(attributed.config.tracingServiceName, 'bird watch');
    t.equal(load(t, {}).config.tracingServiceName, 'ortolan');
  },
);

t.test('.env may set them too, and the environment takes precedence', async (t) => {
  const files = { '.env': 'OTEL_SERVICE_NAME=dotenv\nOTEL_EXPORTER_OTLP_ENDPOINT=http://dotenv:1\n' };
  const { config } = load(t, { env: { OTEL_SERVICE_NAME: 'environment' } }, files);
  t.match(config, { tracingServiceName: 'environment', tracingEndpoint: 'http://dotenv:1/v1/traces' });
});

t.test('OpenTelemetry that is turned off turns tracing off', async (t) => {
  for (const off of [{ OTEL_SDK_DISABLED: 'true' }, { OTEL_TRACES_EXPORTER: 'none' }]) {
    const { config, warnings } = load(t, { env: { ...BASE, ...off } });
    t.equal(config.tracingEndpoint, undefined);
    t.strictSame(warnings, []);
  }
});

t.test('unusable values are ignored with a warning, and the server starts', async (t) => {
  const cases = [
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' }, /OTEL_EXPORTER_OTLP_ENDPOINT is ignored: it is no/],
    [{ ...BASE, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /is ignored: the protocol is said to be grpc/],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://me:secret@host:1' }, /TRACES_ENDPOINT is ignored/],
  ] as const;
  for (const [env, warning] of cases) {
    const { config, warnings } = load(t, { env });
    t.equal(config.tracingEndpoint, undefined);
    t.equal(warnings.length, 1);
    t.match(warnings[0], warning);
    t.notMatch(warnings[0], /secret/);
  }
});

t.test('a wrong endpoint in the option of the server stops the start', async (t) => {
  for (const tracingEndpoint of [
    'jaeger:4318',
    'http://',
    'http://me:secret@host:1',
    'grpc://host:1',
    'http://host:99999',
  ]) {
    t.throws(() => load(t, { flags: { tracingEndpoint } }), {
      message: /tracingEndpoint: --tracing-endpoint says .* but it takes an http:\/\/ or https:\/\/ URL/,
    });
  }
});

t.test('empty variables are ignored', async (t) => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_SERVICE_NAME: ' ', OTEL_RESOURCE_ATTRIBUTES: '' };
  t.strictSame(standardSettings(env), { settings: [], warnings: [] });
});
