/** Every demand, in order. */
import type { Demand } from './demand.ts';
import { aborts } from './faults/aborts.ts';
import { clockJumps } from './faults/clock.ts';
import { dependencies } from './faults/dependencies.ts';
import { resourceFloors } from './faults/floors.ts';
import { fuzz } from './faults/fuzz.ts';
import { reload } from './faults/reload.ts';
import { workerCrash } from './faults/worker-crash.ts';
import { burst } from './load/burst.ts';
import { overload } from './load/overload.ts';
import { saturation } from './load/saturation.ts';
import { slowClients } from './load/slow-clients.ts';
import { soak } from './load/soak.ts';
import { determinism } from './models/determinism.ts';
import { hotSwap } from './models/swap.ts';
import { signalInFlight } from './stop/in-flight.ts';
import { limitsKept } from './stop/limits-kept.ts';
import { rolling } from './stop/rolling-restart.ts';
import { stuckWorker } from './stop/stuck-worker.ts';

export const DEMANDS: readonly Demand[] = [
  rolling,
  signalInFlight,
  stuckWorker,
  workerCrash,
  overload,
  burst,
  slowClients,
  soak,
  aborts,
  dependencies,
  hotSwap,
  reload,
  resourceFloors,
  determinism,
  clockJumps,
  saturation,
  fuzz,
  limitsKept,
];
