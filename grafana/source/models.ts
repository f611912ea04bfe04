/** The dashboard for owners of models: state, traffic, predictions, drift and costs by model version. */
import { dashboard, type Json } from './dashboard.ts';
import { modelAccuracy } from './rows/model-accuracy.ts';
import { modelCosts } from './rows/model-costs.ts';
import { modelFeatures } from './rows/model-features.ts';
import { modelPipeline } from './rows/model-pipeline.ts';
import { modelPredictions } from './rows/model-predictions.ts';
import { modelState } from './rows/model-state.ts';
import { modelStore } from './rows/model-store.ts';
import { modelTraffic } from './rows/model-traffic.ts';

export const models = (): Json =>
  dashboard({
    uid: 'ortolan-models',
    title: 'Ortolan: models',
    description: 'For owners of models: state, traffic, predictions, drift and costs by model version.',
    byModel: true,
    rows: [
      modelState,
      modelTraffic,
      modelPredictions,
      modelAccuracy,
      modelPipeline,
      modelFeatures,
      modelCosts,
      modelStore,
    ],
  });
