/** What this thread is doing with which model version, on record for after a crash. Nothing before its setup. */
import { RunRecord, type Doing, type RecordPlace } from '../src/thread/run-record.ts';

let record: RunRecord | undefined;
/** What is to be on record when what is done now is over: a load runs its model in between. */
let outer: { readonly doing: Doing; readonly instance: number; readonly runs: number } = {
  doing: 'idle',
  instance: 0,
  runs: 0,
};

/** Keeps the record of this thread from now on. */
export function keepRecord(place: RecordPlace | undefined): void {
  record = place && new RunRecord(place);
}

/** Does something with a version. `runs`: of it in this thread so far. */
export async function onRecord<Result>(
  doing: Exclude<Doing, 'idle'>,
  instance: number,
  runs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  if (record === undefined) return work();
  const before = outer;
  outer = { doing, instance, runs };
  record.write(doing, instance, runs);
  try {
    return await work();
  } finally {
    outer = before;
    record.write(before.doing, before.instance, before.runs);
  }
}
