import t from 'tap';
import { ServingError } from '../../../../src/errors.ts';
import { recordTelemetry } from '../../../support/telemetry.ts';
import { END, FACTS, MODEL } from '../fixtures/prediction.ts';

t.test(
  'counts the values of the prediction log line: images, duration, stages, classes, confidence',
  async (t) => {
    const { events, value } = recordTelemetry();
    events.requests.answered(END, 200, 100, FACTS);
    const expected: readonly (readonly [string, number])[] = [
      ['predictions_total{model="tiny",version="1",status="success"}', 2],
      ['predictions_total{model="tiny",version="1",status="error"}', 1],
      ['prediction_duration_seconds_count{model="tiny",version="1"}', 1],
      ['prediction_duration_seconds_sum{model="tiny",version="1"}', 0.01234567],
      ['ortolan_stage_duration_seconds_sum{stage="decode"}', 0.0012],
      ['ortolan_predicted_classes_total{model="tiny",version="1",class="espresso"}', 1],
      ['ortolan_prediction_confidence_ratio_count{model="tiny",version="1"}', 2],
    ];
    for (const [series, number] of expected) t.equal(await value(series), number, series);
  },
);

t.test('a class beyond the first 50 of a model counts as other; another model has its own 50', async (t) => {
  const { events, metrics } = recordTelemetry('CRITICAL');
  const answer = (model: string, label: string): void =>
    events.requests.answered(END, 200, 1, { ...FACTS, model, best: [{ label, probability: 0.5 }] });
  for (let index = 0; index < 60; index++) answer('tiny', `class ${index}`);
  answer('tiny', 'class 7');
  answer('second', 'class 55');
  const { values } = await metrics.predictedClasses.get();
  const of = (model: string, label: string): number | undefined =>
    values.find(({ labels }) => labels['model'] === model && labels['class'] === label)?.value;
  t.equal(values.filter(({ labels }) => labels['model'] === 'tiny').length, 51);
  t.equal(of('tiny', 'other'), 10);
  t.equal(of('tiny', 'class 7'), 2);
  t.equal(of('second', 'class 55'), 1);
});

t.test('the last minute has answered and failed predictions only', async (t) => {
  const { events } = recordTelemetry();
  events.requests.answered(END, 200, 100, FACTS);
  events.requests.answered({ ...END, route: '/health', quiet: true }, 200, 100, undefined);
  events.requests.failed(END, new ServingError('QUEUE_FULL', 'The queue is full.'), 50, MODEL);
  events.requests.failed(END, new ServingError('ROUTE_NOT_FOUND', 'Nothing here.'), 50, undefined);
  const { answered, failed, p50Ms } = events.predictions.minute.facts;
  t.equal(
    answered.reduce((sum, count) => sum + count),
    1,
  );
  t.equal(failed, 1);
  t.ok(Math.abs(p50Ms! / END.ms - 1) < 0.026);
});
