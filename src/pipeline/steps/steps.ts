/** The steps of a run, by name. */
import type { Steps } from '../context.ts';
import { collect } from './collect.ts';
import { exportCandidate } from './export.ts';
import { gate } from './gate.ts';
import { guard } from './guard.ts';
import { load } from './load.ts';
import { promote } from './promote.ts';
import { push } from './push.ts';
import { rollback } from './rollback.ts';
import { sign } from './sign.ts';
import { train } from './train.ts';

export const RUN_STEPS: Steps = {
  collect,
  train,
  export: exportCandidate,
  gate,
  sign,
  push,
  load,
  guard,
  promote,
  rollback,
};
