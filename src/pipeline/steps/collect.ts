/**
 * Writes what the trainer gets: `train.jsonl`, a line for each labelled input, and the photographs beside it. docs/pipeline.md
 * describes both for those who write trainers.
 */
import { createWriteStream } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Step } from '../context.ts';
import { inputsOf, labelsOf, type Labelled } from '../data/labelled.ts';
import { rowOf } from '../data/row.ts';
import { PipelineError } from '../pipeline-error.ts';
import { isThere, removeFolder } from '../release/files.ts';
import { runFolder } from '../run-folder.ts';

export const EXAMPLES_FILE = 'train.jsonl';
const IMAGES = 'images';

export const collect: Step<'collect'> = async (run, { settings }) => {
  const { data, model, state } = settings;
  if (data === undefined || run.candidate !== undefined) return { examples: 0, enough: true };
  const folder = runFolder(state, run.id);
  const part = `${folder.data}.part`;
  await removeFolder(part);
  await mkdir(join(part, IMAGES), { recursive: true });
  const labels = await labelsOf({ folder: data.log, model, by: data.by, most: data.maxExamples });
  const lines = createWriteStream(join(part, EXAMPLES_FILE), { flags: 'wx' });
  let examples = 0;
  for await (const labelled of inputsOf(data.log, labels)) {
    const line = await written(labelled, part);
    if (line === undefined) continue;
    examples++;
    if (!lines.write(`${JSON.stringify(line)}\n`)) await once(lines, 'drain');
  }
  lines.end();
  await once(lines, 'close');
  if (labels.length > 0 && examples === 0)
    throw new PipelineError(
      `there are ${labels.length} labels and no input that they are of: start the server with --prediction-log-inputs on`,
    );
  if (await isThere(folder.data)) await removeFolder(folder.data);
  await rename(part, folder.data);
  return { examples, enough: examples >= data.minExamples };
};

/** The line of an input; undefined for one that is not as long as it says. */
async function written({ label, input }: Labelled, folder: string): Promise<object | undefined> {
  const { requestId, index, classId, label: name, version } = label;
  const facts = { request_id: requestId, index, class_id: classId, label: name, version };
  if ('tensors' in input) {
    const tensors = rowOf(input.tensors, index - input.index);
    return tensors && { ...facts, tensors };
  }
  // A name of ours: an id is what a client has sent.
  const format = /^[a-z0-9]{1,8}$/.test(input.format) ? input.format : 'image';
  const file = join(IMAGES, `${classId}-${requestId}-${index}.${format}`);
  await writeFile(join(folder, file), Buffer.from(input.data, 'base64'));
  return { ...facts, image: file };
}
