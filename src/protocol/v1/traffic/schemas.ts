/** Schemas of the traffic of a model, and an example; a test compares them with what is answered. */
import Type from 'typebox';
import { TrafficSchema } from '../../../repository/model-json/traffic.ts';
import type { Example } from '../../description.ts';
import { amount, count, MODEL, STATES, text } from '../../schemas.ts';

const ratio = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });
const state = Type.Enum([...STATES, 'missing' as const], {
  description: 'Of the version; `missing`: there is none of that name now.',
});
const version = text('Its number.');
const name = text('Its number or label, as it was set.');

const Share = Type.Object(
  {
    value: Type.Optional(ratio('Left out when nothing was counted.')),
    low: ratio('Wilson’s interval: with 95 % certainty it is not below this,'),
    high: ratio('and not above this.'),
    n: count('Samples.'),
  },
  { title: 'MeasuredShare', description: 'A share, and how much of it is proved.' },
);

const SplitPart = Type.Object(
  { version, name, share: ratio('In ten-thousandths.'), state },
  { title: 'SplitPart' },
);

const ShadowPart = Type.Object(
  { version, name, fraction: ratio('Share of the requests that are copied.'), state },
  { title: 'ShadowPart' },
);

const VersionCounts = Type.Object(
  {
    version,
    requests: count('Requests of the split that were run, or failed.'),
    errors: count('Those that failed by a fault of the server or the model.'),
    error_rate: Share,
    p50_ms: Type.Optional(amount('From the body to the result.')),
    p99_ms: Type.Optional(amount('99th percentile of the same.')),
  },
  { title: 'VersionCounts', description: 'A version of the split.' },
);

const Comparison = Type.Object(
  {
    live: text('The version that has answered.'),
    shadow: text('The version that has run a copy.'),
    n: count('Inputs that both have run.'),
    agreed: count('Inputs with the same most probable class, or the same largest element in each row.'),
    agreement: Share,
    largest_difference: amount('Of a probability, or of an element of the first output.'),
    mean_difference: amount('Mean, over the inputs, of the largest difference of each.'),
    errors: count('Inputs on which only the shadow failed.'),
    live_p50_ms: Type.Optional(amount('Worker time of the batch that it was in.')),
    live_p99_ms: Type.Optional(amount('99th percentile of the same.')),
    shadow_p50_ms: Type.Optional(amount('Worker time.')),
    shadow_p99_ms: Type.Optional(amount('99th percentile of the same.')),
  },
  { title: 'Comparison', description: 'Two versions on the same inputs.' },
);

const verdict = Type.Enum(['pass', 'fail', 'inconclusive'], {
  description: 'inconclusive: the samples prove neither.',
});

const Judged = Type.Object(
  {
    version,
    verdict,
    n: count('Samples of the check with the fewest.'),
    checks: Type.Array(
      Type.Object(
        {
          check: Type.Enum(['error_rate', 'p99', 'disagreement']),
          verdict,
          n: count('Samples.'),
          says: text('The measured value and its limit.'),
        },
        { title: 'GuardCheck' },
      ),
    ),
  },
  { title: 'Judged', description: 'The last check of a version.' },
);

const GuardState = Type.Object(
  {
    interval_ms: Type.Optional(amount('Milliseconds between two checks.')),
    failed_checks: count('One after the other.'),
    threshold: Type.Optional(count('Failed checks that send the traffic back.')),
    judged: Type.Array(Judged),
  },
  { title: 'GuardState' },
);

export const Traffic = Type.Object(
  {
    model: Type.String(),
    default_version: text('Answers when there is no split, or its version cannot be used.'),
    set_by: Type.Enum(['model.json', 'request', 'guard']),
    state: Type.Enum(['steady', 'held', 'promoted', 'rolled_back'], {
      description: 'held: the guard changes nothing.',
    }),
    reason: Type.Optional(text('Why.')),
    settings: Type.Unsafe<object>({ type: 'object', description: 'What PUT takes, as it holds now.' }),
    for_s: Type.Optional(count('Seconds since it was set; the counts began then.')),
    baseline: text('The version that traffic goes back to.'),
    split: Type.Array(SplitPart),
    shadow: Type.Array(ShadowPart),
    versions: Type.Array(VersionCounts),
    comparison: Type.Array(Comparison),
    guard: Type.Optional(GuardState),
  },
  { title: 'Traffic', description: 'Which version answers, and what is known of the others.' },
);

export const TrafficSettings = { ...TrafficSchema, title: 'TrafficSettings' };

export const SETTINGS: Example = {
  summary: 'A tenth of the users get the int8 version, which also sees a copy of the other requests',
  value: {
    split: { '1': 90, int8: 10 },
    sticky: 'header:x-user-id',
    shadow: 'int8',
    guard: { maxErrorRate: 0.01, maxDisagreement: 0.2, maxP99Ratio: 1.5 },
  },
};

export const STATE: Example = {
  summary: 'The same, some minutes later',
  value: {
    model: MODEL.name,
    default_version: '1',
    set_by: 'request',
    state: 'steady',
    settings: SETTINGS.value,
    for_s: 312,
    baseline: '1',
    split: [
      { version: '1', name: '1', share: 0.9, state: 'ready' },
      { version: '2', name: 'int8', share: 0.1, state: 'ready' },
    ],
    shadow: [{ version: '2', name: 'int8', fraction: 1, state: 'ready' }],
    versions: [
      {
        version: '1',
        requests: 2790,
        errors: 0,
        error_rate: { value: 0, low: 0, high: 0.001375, n: 2790 },
        p50_ms: 11.6,
        p99_ms: 19.8,
      },
      {
        version: '2',
        requests: 310,
        errors: 0,
        error_rate: { value: 0, low: 0, high: 0.01224, n: 310 },
        p50_ms: 6.3,
        p99_ms: 12.9,
      },
    ],
    comparison: [
      {
        live: '1',
        shadow: '2',
        n: 2788,
        agreed: 2649,
        agreement: { value: 0.950143, low: 0.941424, high: 0.957624, n: 2788 },
        largest_difference: 0.270115,
        mean_difference: 0.031442,
        errors: 0,
        live_p50_ms: 11.2,
        live_p99_ms: 17.5,
        shadow_p50_ms: 6.1,
        shadow_p99_ms: 11.9,
      },
    ],
    guard: {
      interval_ms: 60_000,
      failed_checks: 0,
      threshold: 1,
      judged: [
        {
          version: '2',
          verdict: 'inconclusive',
          n: 62,
          checks: [
            { check: 'error_rate', verdict: 'inconclusive', n: 62, says: '0.00 % <= 1.00 %' },
            { check: 'p99', verdict: 'inconclusive', n: 62, says: '13 ms <= 30 ms' },
            { check: 'disagreement', verdict: 'pass', n: 557, says: '5.03 % <= 20.00 %' },
          ],
        },
      ],
    },
  },
};
