/** Where a run stages its candidate, and what the export has said of it. */
import type { StepFacts } from '../journal/facts.ts';
import type { Run } from '../journal/progress.ts';
import type { StagePlace } from '../release/stage.ts';
import type { PipelineSettings } from '../settings/load.ts';

export const placeOf = (
  run: Pick<Run, 'id'>,
  { models, model }: Pick<PipelineSettings, 'models' | 'model'>,
): StagePlace => ({
  models,
  model,
  run: run.id,
});

/** The steps behind the export are never reached without it. */
export const exported = ({ facts }: Pick<Run, 'facts'>): StepFacts['export'] => facts.export!;
