import t from 'tap';
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts';

t.test('a model version is looked up once', async (t) => {
  const { models } = createMetrics();
  t.equal(models.of({ model: 'm', version: '1' }), models.of({ model: 'm', version: '1' }));
  t.not(models.of({ model: 'm', version: '1' }), models.of({ model: 'm', version: '2' }));
  t.strictSame(
    models.all.map(({ labels }) => labels),
    [
      { model: 'm', version: '1' },
      { model: 'm', version: '2' },
    ],
  );
});

t.test('all versions of a model label the same classes, so that they can be compared', async (t) => {
  const { models, predictedClasses } = createMetrics();
  for (let index = 0; index < 60; index++)
    models.of({ model: 'm', version: '1' }).predicted(`class ${index}`);
  models.of({ model: 'm', version: '2' }).predicted('class 59');
  models.of({ model: 'm', version: '2' }).predicted('class 3');
  const { values } = await predictedClasses.get();
  t.equal(values.filter(({ labels }) => labels['version'] === '1').length, 51);
  t.strictSame(
    values.filter(({ labels }) => labels['version'] === '2').map(({ labels }) => labels['class']),
    ['other', 'class 3'],
  );
});
