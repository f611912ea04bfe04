/** Processor time of an answer, and the targets that are made of it. */
import t from 'tap';
import type { Outcome } from '../../../bench/generator/phase.ts';
import { answerMs, processorTimeTargets } from '../../../bench/goals/processor-time.ts';
import type { ProcessorTime } from '../../../bench/record/results.ts';

const outcome = (serverCpu: number, seconds: number, good: number): Outcome =>
  ({ serverCpu, seconds, good }) as Outcome;

t.test('is what the processes took over the good answers', async (t) => {
  t.equal(answerMs(outcome(1.5, 2, 600)), 5);
});

t.test('is no number where nothing was answered, so that the pair does not count', async (t) => {
  t.equal(Number.isFinite(answerMs(outcome(1.5, 2, 0))), false);
});

t.test('has a target against the toughest peer alone, one for each model', async (t) => {
  const row = (server: string, model: string): ProcessorTime => ({
    server,
    setting: '2 workers, 1 thread, batch 4',
    model,
    connections: 16,
    pairs: [{ a: 5, b: 6 }],
    onnxruntime: { ours: '1.30.0', theirs: '1.30.0' },
  });
  const rows = [row('mosec-cv2', 'fp32'), row('mosec-cv2', 'int8'), row('fastapi', 'int8')];
  const targets = processorTimeTargets(rows, 'mosec-cv2');
  t.match(targets, [
    { model: 'fp32', bound: 0.92, better: 'at most', pairs: [{ a: 5, b: 6 }] },
    { model: 'int8', bound: 0.85, better: 'at most' },
  ]);
  t.equal(targets.length, 2);
  t.match(targets[0]?.how, 'onnxruntime 1.30.0 and 1.30.0');
});
