/** Processor time of an answer, and its targets against the toughest peer: of what was measured in turn with it. */
import type { Outcome } from '../generator/phase.ts';
import type { ModelName, ProcessorTime, Target } from '../record/results.ts';
import { cpuMsOf } from '../run/answer-cost.ts';

/** Of our time over theirs. */
const BOUNDS: Readonly<Record<ModelName, number>> = { fp32: 0.92, int8: 0.85 };

/** Milliseconds of a core that the server's processes took for a good answer; no number where there was none. */
export const answerMs = (outcome: Outcome): number => (outcome.good === 0 ? NaN : cpuMsOf(outcome));

/** `toughest`: the peer that the targets are set against; rows of others have none. */
export const processorTimeTargets = (rows: readonly ProcessorTime[], toughest: string): Target[] =>
  rows
    .filter(({ server }) => server === toughest)
    .map(({ server, setting, model, connections, pairs, onnxruntime }) => ({
      name: `processor time of an answer over ${toughest}`,
      model,
      bound: BOUNDS[model as ModelName],
      better: 'at most',
      unit: 'ratio',
      pairs,
      how:
        `a: ours, b: ${server} (${setting}); user and system time of the whole process tree over good answers, ` +
        `ms at ${connections} connections, in turn; onnxruntime ${onnxruntime.ours} and ${onnxruntime.theirs}`,
      against: { server, setting, figure: 'processor time', connections },
    }));
