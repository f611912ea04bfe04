/** What a run that onnxruntime refuses means to the client: its input does not suit the model, or the server is at fault. */
import { totalmem } from 'node:os';
import type { Failure } from '../../src/errors.ts';

/** The server lacks memory: the same input may work later. */
const OUT_OF_MEMORY = /bad_alloc|failed to allocate|out of memory|allocation failed/i;
const REQUESTED = /requested buffer of size (\d+)/;

/** Where in its sources onnxruntime has found the fault, before its sentence. */
const PLACE = /\/onnxruntime_src\/\S+ .*? was false\. |\/onnxruntime_src\/\S+ /;

/** Longest part of onnxruntime's sentence that a client receives. */
const MAX_LENGTH = 500;

export function failureOfRun(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  // An input that asks for more than the machine has will never work.
  const hopeless = Number(REQUESTED.exec(message)?.[1] ?? 0) > totalmem();
  if (OUT_OF_MEMORY.test(message) && !hopeless) return { code: 'INTERNAL', detail: message };
  const sentence = message.replace(/\s+/g, ' ').replace(PLACE, '').trim().slice(0, MAX_LENGTH);
  return { code: 'RUN_FAILED', detail: `The model cannot be run with this input: ${sentence}` };
}
