/**
 * Every route once, as data: the application registers them, and the OpenAPI document describes them.
 */

import { ServingError } from '../errors.ts';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Parameters begin with a colon. */
  readonly pattern: string;
  readonly summary: string;
  /** Health, metrics, documents, the page and /debug: not counted as work, not traced, logged at DEBUG. */
  readonly probe: boolean;
}

const work = (method: Route['method'], pattern: string, summary: string): Route => ({
  method,
  pattern,
  summary,
  probe: false,
});

const probe = (pattern: string, summary: string): Route => ({ method: 'GET', pattern, summary, probe: true });

export const ROUTES = {
  predict: work('POST', '/v1/predict', 'Predict with the default model'),
  predictModel: work('POST', '/v1/models/:model/predict', 'Predict with the default version of a model'),
  predictVersion: work(
    'POST',
    '/v1/models/:model/versions/:version/predict',
    'Predict with one version of a model, by its number or one of its labels',
  ),
  listModels: work('GET', '/v1/models', 'List the models and their versions'),
  describeModel: work('GET', '/v1/models/:model', 'Describe a model: versions, inputs, outputs, state'),
  showLive: probe('/debug/live', 'The last minute, and what waits and works now'),
  showBatches: probe('/debug/batches', 'The last batches, newest first, and why each was what it was'),
  setLogLevel: {
    method: 'PUT',
    pattern: '/debug/log-level',
    summary: 'Change how much is logged, from this machine and where the server is set to allow it',
    probe: true,
  },
  health: probe('/health', 'Whether the service is healthy, and which part is not'),
  live: probe('/health/live', 'Liveness: 503 means that a restart would help'),
  ready: probe('/health/ready', 'Readiness: whether requests are to be sent here'),
  startup: probe('/health/startup', 'Whether the start is over'),
  metrics: probe('/metrics', 'Metrics as Prometheus text, or OpenMetrics by Accept'),
  openapi: probe('/openapi.json', 'This interface as an OpenAPI document'),
  docs: probe('/docs', 'This interface as a page to read'),
  home: probe('/', 'A page to try the server with a photograph'),
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;

/** What any wrong path is told. */
export const nothingHere = (): ServingError =>
  new ServingError('ROUTE_NOT_FOUND', 'There is nothing at this path; see /docs.');
