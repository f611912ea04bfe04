/** The log of predictions, what callers say of them, and how often the models were right. */
import type { Register } from '../register.ts';

const BY_ROUTE = ['model', 'version', 'route'] as const;

export const feedbackMetrics = (register: Register) => ({
  logLines: register.counter(
    'ortolan_prediction_log_lines_total',
    'Lines of the logs of predictions and of feedback: written, or dropped because the disk was too slow, full or failing.',
    ['log', 'result'],
  ),
  logWritable: register.gauge(
    'ortolan_prediction_log_writable',
    'Whether lines can be written: 1, or 0 while they wait and are dropped. There is none without a log of predictions.',
    ['log'],
  ),
  logRemovedFiles: register.counter(
    'ortolan_prediction_log_removed_files_total',
    'Files that were removed from the logs because they were too old, or to stay within the budget of the disk.',
    [],
  ),
  logBytes: register.gauge(
    'ortolan_prediction_log_bytes',
    'Disk that the logs take, as of the last look at their folder.',
    [],
  ),
  logBytesLimit: register.gauge(
    'ortolan_prediction_log_bytes_limit',
    'Limit of ortolan_prediction_log_bytes; 0: nothing is logged.',
    [],
  ),
  logIndexBytes: register.gauge(
    'ortolan_prediction_log_index_bytes',
    'Memory of what finds predictions in their log by request id.',
    [],
  ),
  feedback: register.counter(
    'ortolan_feedback_total',
    'Calls of POST /v1/feedback whose body could be read, by result: accepted, known (said before), or the code of the error.',
    ['result'],
  ),
  feedbackLabels: register.counter(
    'ortolan_feedback_labels_total',
    'Predictions of which this process was told whether they were right, by the route of their request: verdict right or wrong.',
    [...BY_ROUTE, 'verdict'],
  ),
  accuracy: register.gauge(
    'ortolan_accuracy_ratio',
    'Share of right answers among those that feedback speaks of, over the days that predictions are kept.',
    BY_ROUTE,
  ),
  accuracyLow: register.gauge(
    'ortolan_accuracy_low_ratio',
    'Lower end of the interval in which the true share is, 95 times of 100 (Wilson).',
    BY_ROUTE,
  ),
  accuracyHigh: register.gauge('ortolan_accuracy_high_ratio', 'Upper end of the same interval.', BY_ROUTE),
  accuracySamples: register.gauge(
    'ortolan_accuracy_samples',
    'Answers that feedback speaks of, over the same days.',
    BY_ROUTE,
  ),
  calibrationError: register.gauge(
    'ortolan_calibration_error_ratio',
    'Expected calibration error over the same answers: how far the probability of the best class is from how often it is right.',
    BY_ROUTE,
  ),
  confusions: register.gauge(
    'ortolan_confusions',
    'Answers of one class that were another one, over the same days: the ten most frequent pairs of a version.',
    ['model', 'version', 'predicted', 'actual'],
  ),
  predictionEvents: register.counter(
    'ortolan_prediction_events_total',
    'Events of predictions for predictionEventsUrl, by result: sent, refused (by the receiver), failed (after some attempts), full (more than may wait), too_large, or stopped (the server ended).',
    ['result'],
  ),
});
