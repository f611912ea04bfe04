import t from 'tap';
import type { CloudEvent } from '../../../src/outbound/event-sender.ts';
import type { Answered } from '../../../src/quality/answered.ts';
import { eventsOf, MOST_BODY_BYTES, type EventSettings } from '../../../src/quality/events/event.ts';
import { recordOf } from '../../../src/quality/log/record.ts';
import { answered, classes, done, image, rows, scores } from '../fixtures/answered.ts';
import { START } from '../fixtures/log.ts';

const SETTINGS: EventSettings = { mode: 'all', service: undefined, namespace: 'ml', source: '/ortolan/here' };

const eventsFor = (
  facts: Partial<Answered> = {},
  settings: Partial<EventSettings> = {},
  isDefault = true,
) => {
  const one = answered(facts);
  return eventsOf(one, recordOf(one, START), isDefault, { ...SETTINGS, ...settings });
};
const bodyOf = (event: CloudEvent | 'too_large' | undefined): unknown =>
  JSON.parse(String((event as CloudEvent).body));

t.test('attributes are those of the payload logger of KServe', async (t) => {
  const [request, response] = eventsFor({ route: 'split' }) as CloudEvent[];
  const common = {
    ...{ id: 'r-1', source: '/ortolan/here', time: '2026-12-01T00:00:00.000Z' },
    extensions: {
      ...{ inferenceservicename: 'pets', namespace: 'ml', component: 'predictor', endpoint: 'default' },
      metadata: '{"x-model-version":["1"],"x-model-route":["split"]}',
      recordedtime: '2026-12-01T00:00:00.000Z',
    },
  };
  t.match(request, { ...common, type: 'org.kubeflow.serving.inference.request' });
  t.match(response, { ...common, type: 'org.kubeflow.serving.inference.response' });
  const [canary] = eventsFor({}, { service: 'shop' }, false) as CloudEvent[];
  t.match(canary!.extensions, { inferenceservicename: 'shop', endpoint: 'canary' });
});

t.test('the mode says which of the two are sent', async (t) => {
  const typesOf = (mode: EventSettings['mode']): unknown =>
    eventsFor({}, { mode }).map((event) => (event as CloudEvent).type.split('.').at(-1));
  t.strictSame(typesOf('all'), ['request', 'response']);
  t.strictSame(typesOf('request'), ['request']);
  t.strictSame(typesOf('response'), ['response']);
});

t.test('one image is its file; several are a request of the Open Inference Protocol', async (t) => {
  const photo = image(1, 2, 3);
  const [one] = eventsFor({ payloads: [photo] }) as CloudEvent[];
  photo.bytes.fill(0);
  t.equal(one!.contentType, 'image/png');
  t.strictSame(one!.body, Uint8Array.of(1, 2, 3), 'copied during the call');
  const outcomes = [done(classes(0.7)), done(classes(0.6))];
  const [several, response] = eventsFor({ payloads: [image(1), image(2)], outcomes });
  t.strictSame(bodyOf(several), {
    id: 'r-1',
    inputs: [{ name: 'images', shape: [2], datatype: 'BYTES', data: ['AQ==', 'Ag=='] }],
  });
  t.match(bodyOf(response), {
    ...{ request_id: 'r-1', model: { name: 'pets', version: '1' } },
    results: [
      { index: 0, predictions: [{ class_id: 0, label: 'cat', probability: 0.7 }] },
      { index: 1, predictions: [{ class_id: 0, label: 'cat', probability: 0.6 }] },
    ],
  });
});

t.test('tensors are those of the Open Inference Protocol, row after row', async (t) => {
  const facts = {
    payloads: [rows(1, 2), rows(3, 4)],
    outcomes: [done(scores(1, 2, 3)), done(scores(4, 5, NaN))],
  };
  const [request, response] = eventsFor(facts);
  t.strictSame(bodyOf(request), {
    id: 'r-1',
    inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 2], data: [1, 2, 3, 4] }],
  });
  t.strictSame(bodyOf(response), {
    ...{ id: 'r-1', model_name: 'pets', model_version: '1' },
    outputs: [{ name: 'scores', datatype: 'FP32', shape: [2, 3], data: [1, 2, 3, 4, 5, null] }],
  });
});

t.test('what is too large to be made on the thread that serves is left out', async (t) => {
  const large = { ...image(1), bytes: new Uint8Array(MOST_BODY_BYTES + 1) };
  t.equal(eventsFor({ payloads: [large] })[0], 'too_large');
  const many = rows(...Array.from({ length: 20_000 }, () => 1));
  t.equal(eventsFor({ payloads: [many] })[0], 'too_large');
});
