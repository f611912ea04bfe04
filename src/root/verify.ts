/** Checks a model version as the server does when it loads it, and says what was found, check by check. */
import type { Config } from '../config/schema.ts';
import { ServingError } from '../errors.ts';
import type { Pool } from '../pool/pool.ts';
import { runOne } from '../pool/run-one.ts';
import type { ModelTask } from '../pool/worker.ts';
import { labelMisfit } from '../repository/consistency.ts';
import { verifyDigest } from '../repository/digest.ts';
import { checkSamples } from '../repository/golden/check.ts';
import { readSamples } from '../repository/golden/samples.ts';
import { ModelError } from '../repository/model-error.ts';
import type { ModelEntry, VersionEntry } from '../repository/repository.ts';
import { isSigned } from '../repository/trust/signed.ts';
import { shortId } from '../repository/trust/public-keys.ts';
import { contentOf } from '../serving/contents.ts';
import { loadTaskOf } from '../serving/settings.ts';
import { rowOf, type TensorSpec } from '../tensor/tensor.ts';
import type { Content, Loaded } from '../thread/load.ts';
import { withOneWorker } from './one-worker.ts';

export interface Check {
  /** What was found, as a sentence without its subject and without a full stop. */
  readonly finding: string;
  readonly failed: boolean;
}

/**
 * Compares the files with their digests and their signature, loads the version in a worker, runs a batch of every size that a server runs, and
 * asks the golden samples. Compiled forms are neither used nor made. A check that fails ends it, except a golden sample.
 */
export async function verify(
  entry: ModelEntry,
  file: VersionEntry,
  config: Config,
  tell: (check: Check) => void,
): Promise<void> {
  const found = (finding: string): void => tell({ finding, failed: false });
  const failed = (finding: string): void => tell({ finding, failed: true });
  try {
    found(DIGESTS[await verifyDigest(file)]);
    const content = await contentOf(file, config);
    for (const line of trustIn(file, config, content)) found(line);
    const task = loadTaskOf({ entry, file, instance: 0 }, config, content);
    await withOneWorker({ ...config, wideThreads: 1 }, (pool) =>
      verifyIn(pool, entry, file, task, found, failed),
    );
  } catch (error) {
    if (!(error instanceof ModelError || error instanceof ServingError)) throw error;
    failed(error.message);
  }
}

const DIGESTS = {
  verified: 'sha256 verified',
  undeclared: 'no sha256 in model.json to compare with',
} as const;

async function verifyIn(
  pool: Pool,
  entry: ModelEntry,
  file: VersionEntry,
  task: ModelTask,
  found: (finding: string) => void,
  failed: (finding: string) => void,
): Promise<void> {
  const { report } = await pool.load({ ...task, warmUpTo: undefined, compiledFolder: undefined });
  const misfit = labelMisfit(entry.labels, report.outputs.map(rowOf));
  if (misfit !== undefined) throw new ModelError(`model.json#${misfit}`);
  for (const line of findingsOf(report)) found(line);
  const samples = await readSamples(entry, file.version);
  if (samples.length === 0) found('no golden samples');
  const run = (payload: Parameters<typeof runOne>[2]) =>
    runOne(pool.workerWith(task.instance), task.instance, payload);
  for (const { name, fault } of await checkSamples(samples, report, task.preprocess !== undefined, run)) {
    if (fault === undefined) found(`golden sample ${name}: the answer is the known one`);
    else failed(`golden sample ${name}: ${fault}`);
  }
}

/** Whose signature it has, and whether it is encrypted. */
function trustIn(file: VersionEntry, { modelPublicKeys }: Config, content: Content | undefined): string[] {
  const { signed } = file;
  const lines = content?.keys === undefined ? [] : ['encrypted, and there is a key'];
  if (signed !== undefined) {
    const outside = signed.shared === undefined || signed.shared === signed.digests ? 0 : signed.shared.size;
    const files = `${signed.digests.size} files in its folder${outside === 0 ? '' : ` and ${outside} beside it`}`;
    return [...lines, `signed with the key ${shortId(signed.signer)}, over ${files}`];
  }
  if (isSigned(file)) return [...lines, 'signed, and no public key was given to verify it with'];
  return modelPublicKeys.length === 0 ? lines : [...lines, 'not signed'];
}

function findingsOf({ provider, fallbackReason, inputs, outputs, joins, warmUp }: Loaded): string[] {
  const instead = fallbackReason === undefined ? '' : ` (${fallbackReason})`;
  const batches = joins.rows ? 'runs batches' : `never joins requests (${joins.reason}); runs batches`;
  const rows = [...new Set(warmUp.map((run) => run.rows))].join(', ');
  return [
    `loads on ${provider}${instead}`,
    `takes ${inputs.map(textOf).join(', ')}; gives ${outputs.map(textOf).join(', ')}`,
    `${batches} of ${rows === '' ? 'no' : rows} rows`,
  ];
}

const textOf = ({ name, datatype, shape }: TensorSpec): string => `${name} ${datatype} [${shape.join(', ')}]`;
