import t from 'tap';
import { recordTelemetry } from '../../support/telemetry.ts';

const MODEL = { model: 'tiny', version: '1' };

t.test('a ready model is logged with its provider, with a warning when another was configured', async (t) => {
  const { events, lines, value } = recordTelemetry();
  events.models.loading(MODEL);
  t.equal(await value('ortolan_model_ready{model="tiny",version="1"}'), 0);
  events.models.ready(MODEL, 'cpu', 1500, 'no CUDA driver');
  t.equal(await value('ortolan_model_ready{model="tiny",version="1"}'), 1);
  t.equal(await value('ortolan_model_info{model="tiny",version="1",provider="cpu"}'), 1);
  t.equal(await value('ortolan_model_load_seconds{model="tiny",version="1"}'), 1.5);
  t.match(lines, [
    { level: 'DEBUG' },
    { level: 'INFO', provider: 'cpu', load_ms: 1500 },
    { level: 'WARNING', reason: 'no CUDA driver' },
  ]);
});

t.test('a model that cannot be loaded is not ready, with the reason in the log', async (t) => {
  const { events, lines, value } = recordTelemetry();
  events.models.unavailable(MODEL, 'the file has no input "image"');
  t.equal(await value('ortolan_model_ready{model="tiny",version="1"}'), 0);
  t.match(lines, [{ level: 'ERROR', reason: /no input/ }]);
});

t.test('a lost device is counted by version from the moment that one runs on it', async (t) => {
  const { events, lines, value } = recordTelemetry();
  const series = 'ortolan_device_lost_batches_total{model="tiny",version="1",device="webgpu"}';
  events.models.ready(MODEL, 'webgpu', 10, undefined);
  t.equal(await value(series), 0);
  events.models.deviceLost(MODEL, 'webgpu', 'The device webgpu was lost.');
  t.equal(await value(series), 1);
  t.match(lines.at(-1), { level: 'ERROR', device: 'webgpu', detail: /was lost/, message: 'device lost' });
});

t.test('a version that has left its device shows the CPU alone', async (t) => {
  const { events, value } = recordTelemetry();
  events.models.ready(MODEL, 'webgpu', 10, undefined);
  events.models.ready(MODEL, 'cpu', 10, 'The device webgpu was lost.');
  t.equal(await value('ortolan_model_info{model="tiny",version="1",provider="cpu"}'), 1);
  t.equal(await value('ortolan_model_info{model="tiny",version="1",provider="webgpu"}'), undefined);
});
