/** A worker entry that says that batches of up to eight rows pay, whatever this machine has measured. */
import type { LoadReport, LoadTask, WarmUpRun } from '../../src/thread/load.ts';
import type { WorkerTask } from '../../src/thread/messages.ts';

const PAYING: readonly WarmUpRun[] = [
  { rows: 1, width: 'narrow', ms: 10 },
  { rows: 2, width: 'narrow', ms: 12 },
  { rows: 4, width: 'narrow', ms: 16 },
  { rows: 8, width: 'narrow', ms: 24 },
];

// By its URL: the module is an entry, and an import would be refused as one.
const { default: infer } = (await import(new URL('../../workers/infer.ts', import.meta.url).href)) as {
  default: (task: WorkerTask) => Promise<unknown>;
};

/** Stands in for workers/infer.ts. A batch gets not a turn of promises more than there: its answer leaves before the next begins. */
export default function run(task: WorkerTask): Promise<unknown> {
  return task.kind === 'load' ? load(task) : infer(task);
}

async function load(task: LoadTask): Promise<LoadReport> {
  const report = (await infer({ ...task, warmUpTo: 8 })) as LoadReport;
  return report.ok ? { ...report, warmUp: PAYING } : report;
}
