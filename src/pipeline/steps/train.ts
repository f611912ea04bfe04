/** Makes the candidate: by the job, or by taking what something else has trained. */
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Step } from '../context.ts';
import { environmentOf } from '../job/environment.ts';
import { patiently } from '../patience.ts';
import { PipelineError } from '../pipeline-error.ts';
import { copyPlain, isThere, removeFolder } from '../release/files.ts';
import { runFolder } from '../run-folder.ts';

export const train: Step<'train'> = async (run, context) => {
  const { settings, job, env, signal, served } = context;
  const folder = runFolder(settings.state, run.id);
  if (await isThere(folder.trained)) return { job: run.candidate === undefined ? job.kind : 'given' };
  if (run.candidate !== undefined) {
    if (!(await isThere(join(run.candidate, 'model.onnx'))))
      throw new PipelineError(`there is no model.onnx in ${run.candidate}`);
    await removeFolder(folder.out);
    await copyPlain(run.candidate, folder.out);
    await rename(folder.out, folder.trained);
    return { job: 'given' };
  }
  const { default_version: champion } = await patiently(context, () => served.model(signal));
  // A job that goes on by itself is writing there.
  if (!job.outlives) for (const one of [folder.out, folder.job]) await removeFolder(one);
  const home = join(folder.job, 'home');
  for (const one of [folder.out, home]) await mkdir(one, { recursive: true });
  const folders = {
    out: folder.out,
    home,
    champion: join(settings.models, settings.model, champion),
    data: settings.data && folder.data,
  };
  await job.run({
    id: run.id,
    model: settings.model,
    command: settings.train.command,
    folder: settings.train.folder ?? home,
    env: environmentOf(settings.train, folders, env),
    deadlineMs: settings.train.deadlineMs,
    notes: folder.job,
    signal,
  });
  if (!(await isThere(join(folder.out, 'model.onnx'))))
    throw new PipelineError('the job has written no model.onnx into the folder that TRAIN_OUT names');
  await rename(folder.out, folder.trained);
  return { job: job.kind };
};
