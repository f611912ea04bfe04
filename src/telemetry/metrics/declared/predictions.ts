/** Predictions of images and rows: how many, how long, and what they said. */
import type { Register } from '../register.ts';
import { STAGE_BUCKETS } from './stage-buckets.ts';

/** From a cached tensor answer to a request at its longest deadline; the edges of usual objectives are among them. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 1, 2.5, 5, 10, 30];

const CONFIDENCE_BUCKETS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

export const predictionMetrics = (register: Register) => ({
  predictions: register.counter(
    'predictions_total',
    'Images and row groups predicted, by success or error.',
    ['model', 'version', 'status'],
  ),
  predictionDuration: register.histogram(
    'prediction_duration_seconds',
    'Duration of prediction requests that were answered, from their first byte to the last of the answer.',
    ['model', 'version'],
    DURATION_BUCKETS,
  ),
  stageDuration: register.histogram(
    'ortolan_stage_duration_seconds',
    'Duration of the stages of answered predictions: read, decode, queue, infer, post.',
    ['stage'],
    STAGE_BUCKETS,
  ),
  predictedClasses: register.counter(
    'ortolan_predicted_classes_total',
    'Most probable class of answered images; classes beyond the first 50 seen of a model count as other.',
    ['model', 'version', 'class'],
  ),
  explanations: register.counter(
    'ortolan_explanations_total',
    'Explanations that were asked for, by outcome: done, refused for lack of time or room, failed, or left (the client went, or its deadline passed).',
    ['model', 'version', 'outcome'],
  ),
  explanationRows: register.counter(
    'ortolan_explanation_rows_total',
    'Occluded copies of images that were run to explain an answer; they are rows of batches as well.',
    ['model', 'version'],
  ),
  confidence: register.histogram(
    'ortolan_prediction_confidence_ratio',
    'Probability of the most probable class.',
    ['model', 'version'],
    CONFIDENCE_BUCKETS,
  ),
});
