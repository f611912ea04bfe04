/** What is wrong with the traffic of a model, in sentences that name the place. */
import t from 'tap';
import { configFaults } from '../../src/repository/model-config.ts';
import type { TrafficConfig } from '../../src/repository/model-json/traffic.ts';
import { trafficFaults } from '../../src/repository/traffic-faults.ts';

const KNOWN = {
  versions: ['1', '2', '3'],
  labels: new Map([['int8', '2']]),
  defaultVersion: '1',
};

const faults = (traffic: TrafficConfig): string[] => trafficFaults(traffic, KNOWN);

t.test('what names existing versions, by number or label, has no fault', async (t) => {
  const split = { '1': 90, int8: 9.5, '3': 0 };
  t.strictSame(faults({ split, sticky: 'header:x-user-id', shadow: ['int8', { version: '3' }] }), []);
  t.strictSame(faults({ shadow: '2' }), []);
  t.strictSame(faults({ split: { '1': 1, '2': 1 }, shadow: '2', guard: { maxDisagreement: 0.1 } }), []);
  t.strictSame(faults({}), []);
});

for (const [what, traffic, sentence] of [
  [
    'a version of the split',
    { split: { '1': 1, int9: 1 } },
    '/traffic/split/int9 is neither a version nor a label: there is 1, 2, 3, int8',
  ],
  [
    'a shadow',
    { shadow: '7' },
    '/traffic/shadow is 7, neither a version nor a label: there is 1, 2, 3, int8',
  ],
] as const) {
  t.test(`${what} that is not there is named beside those that are`, async (t) => {
    t.strictSame(faults(traffic), [sentence]);
  });
}

for (const [what, traffic, sentence] of [
  ['one version by two names', { split: { '2': 1, int8: 1 } }, 'names version 2 twice, as 2 and as int8'],
  ['weights of nothing', { split: { '1': 0 } }, 'has no weight above 0'],
  ['a share that no bucket holds', { split: { '1': 1e6, '2': 1 } }, 'the smallest share is 1/10,000'],
  ['a key without a split', { sticky: 'header:x-user-id' }, 'does nothing without a split'],
  ['a shadow of the only version that answers', { shadow: '1' }, 'answers all requests: nothing to compare'],
  ['a shadow twice', { split: { '1': 1, '3': 1 }, shadow: ['2', 'int8'] }, 'names version 2 twice'],
  ['a guard with nothing to guard', { guard: {} }, 'needs a split of two versions or more'],
  [
    'a limit of steps without steps',
    { split: { '1': 1, '2': 1 }, guard: { maxWeight: 30 } },
    'does nothing without stepWeight',
  ],
  [
    'steps of three versions',
    { split: { '1': 1, '2': 1, '3': 1 }, guard: { stepWeight: 5 } },
    'is for a split of two',
  ],
  [
    'disagreement without a shadow',
    { split: { '1': 1, '2': 1 }, guard: { maxDisagreement: 0.1 } },
    'needs a shadow',
  ],
] as const) {
  t.test(`${what} is refused`, async (t) => {
    t.match(faults(traffic).join('; '), sentence);
  });
}

for (const [what, traffic, sentence] of [
  ['a weight that is text', { split: { '1': '90' } }, '/traffic/split/1 must be number'],
  [
    'a misspelt field',
    { guard: { maxErrorrate: 0.1 } },
    'maxErrorrate is an unknown field (did you mean maxErrorRate?)',
  ],
  ['a shadow that is a number', { shadow: 2 }, '/traffic/shadow must be either string or object or array'],
  [
    'a key that is no header',
    { split: { '1': 1 }, sticky: 'cookie:a' },
    '/traffic/sticky must match pattern',
  ],
  ['anything but an object', 7, '/traffic must be object'],
] as const) {
  t.test(`${what} is told at its place`, async (t) => {
    t.match(configFaults({ traffic }).join('; '), sentence);
  });
}
