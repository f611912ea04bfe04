import t from 'tap';
import { certaintyOf } from '../../src/tensor/certainty.ts';

t.test('scores that are equal are as uncertain as can be', async (t) => {
  const { top, confidence, entropy } = certaintyOf(Float32Array.of(3, 3, 3, 3), 0, 4, true);
  t.equal(top, 0);
  t.ok(Math.abs(confidence - 0.25) < 1e-12);
  t.ok(Math.abs(entropy - Math.log(4)) < 1e-12);
});

t.test('the entropy of a softmax is that of its probabilities', async (t) => {
  const scores = Float32Array.of(9, 1, -2, 0.5, 2.5, 9);
  const made = certaintyOf(scores, 1, 4, true);
  const powers = [1, -2, 0.5, 2.5].map(Math.exp);
  const sum = powers.reduce((a, b) => a + b);
  const probabilities = powers.map((power) => power / sum);
  const entropy = -probabilities.reduce((total, p) => total + p * Math.log(p), 0);
  t.equal(made.top, 3);
  t.ok(Math.abs(made.confidence - probabilities[3]!) < 1e-12);
  t.ok(Math.abs(made.entropy - entropy) < 1e-12);
});

t.test(
  'scores without softmax are taken as probabilities, and where they are none there is no entropy',
  async (t) => {
    const sure = certaintyOf(Float32Array.of(0, 1, 0), 0, 3, false);
    t.equal(sure.top, 1);
    t.equal(sure.entropy + 0, 0);
    t.ok(Number.isNaN(certaintyOf(Float32Array.of(-3, 7), 0, 2, false).entropy));
  },
);

t.test('very large scores do not overflow, and without any number there is no class', async (t) => {
  const large = certaintyOf(Float32Array.of(1e30, -1e30), 0, 2, true);
  t.strictSame(large, { top: 0, confidence: 1, entropy: 0 });
  t.strictSame(certaintyOf(Float32Array.of(NaN, NaN), 0, 2, true), {
    top: -1,
    confidence: NaN,
    entropy: NaN,
  });
});
