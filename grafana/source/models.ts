/** The dashboard for whoever owns a model: what it answers, how surely, how fast, and what it costs. */
import { dashboard, type Json } from './dashboard.ts';
import { modelAnswers } from './rows/model-answers.ts';
import { modelBeliefs } from './rows/model-beliefs.ts';
import { modelCosts } from './rows/model-costs.ts';
import { modelState } from './rows/model-state.ts';

export const models = (): Json =>
  dashboard({
    uid: 'ortolan-models',
    title: 'Ortolan: models',
    description: 'For whoever owns a model: what it answers, how surely, how fast, and what it costs.',
    byModel: true,
    rows: [modelState, modelAnswers, modelBeliefs, modelCosts],
  });
