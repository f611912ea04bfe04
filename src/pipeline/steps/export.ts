/** Takes what was trained as a version of the model: gives it its number, beside the model, where nothing serves it. */
import type { Step } from '../context.ts';
import { patiently } from '../patience.ts';
import { stage } from '../release/stage.ts';
import { runFolder } from '../run-folder.ts';

export const exportCandidate: Step<'export'> = async (run, context) => {
  const { settings, served, signal, highest } = context;
  const { default_version: champion } = await patiently(context, () => served.model(signal));
  const { models, model, canary, state, sign } = settings;
  return stage({
    models,
    model,
    run: run.id,
    candidate: runFolder(state, run.id).trained,
    champion,
    highest: highest(),
    labels: canary.labels,
    signs: sign !== undefined,
  });
};
