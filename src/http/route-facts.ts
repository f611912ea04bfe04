/** What is known of a route before a request is handled: its pattern, and who may use it. */

/**
 * What a route is for, which decides who may use it: `anyone` is for probes, `page` for the documents and the pages,
 * `feedback` for what callers say of their answers, `read` for what there is to know of models, `traffic` and `models` for
 * changing what is served, `drift` for what it is compared with, `rounds` for federated rounds and `update` for who takes part in them, `operator` for the server.
 */
export type Access =
  | 'anyone'
  | 'page'
  | 'metrics'
  | 'debug'
  | 'predict'
  | 'feedback'
  | 'read'
  | 'traffic'
  | 'models'
  | 'drift'
  | 'rounds'
  | 'update'
  | 'operator';

export interface RouteFacts {
  /** The pattern: `/v1/models/:model/predict`. */
  readonly pattern: string;
  /** Not counted as work, not traced, and logged at DEBUG: health, metrics, documents, pages and /debug. */
  readonly quiet: boolean;
  readonly access: Access;
}
