/** Every demand, in order. */
import type { Demand } from './demand.ts';
import { workerCrash } from './faults/worker-crash.ts';
import { burst } from './load/burst.ts';
import { overload } from './load/overload.ts';
import { saturation } from './load/saturation.ts';
import { slowClients } from './load/slow-clients.ts';
import { signalInFlight } from './stop/in-flight.ts';
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
  saturation,
];
