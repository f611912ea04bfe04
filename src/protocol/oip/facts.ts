/** What the routes about the server and its models are given. */
import type { Exchange } from '../../http/exchange.ts';
import type { Catalogue } from '../../serving/catalogue.ts';
import type { ModelVersion, Signature } from '../../serving/model-version.ts';
import { ServingError } from '../../errors.ts';
import type { ModelSeries } from '../../telemetry/metrics/model-series.ts';
import type { HealthFacts } from '../health.ts';

export interface OipFacts {
  readonly catalogue: Catalogue;
  /** By number or label; without one the default version. @throws ServingError MODEL_NOT_FOUND */
  readonly find: (name: string, version: string | undefined) => ModelVersion;
  /** What has been counted of a version; undefined until it is loaded. */
  readonly seriesOf: (labels: ModelVersion['labels']) => ModelSeries | undefined;
  /** Has a version loaded that is loaded on demand; returns false when there is nothing to wait for. */
  readonly wanted: (version: ModelVersion) => boolean;
  /** Threads that run models. */
  readonly workers: number;
}

export interface OipParts {
  readonly oip: OipFacts;
  readonly health: () => HealthFacts;
}

/** The version that the path names. @throws ServingError MODEL_NOT_FOUND */
export function versionOf({ head }: Exchange, { find }: OipFacts): ModelVersion {
  const [name, version] = head.parameters;
  return find(name!, version);
}

/** What a version takes and gives. @throws ServingError MODEL_LOADING or MODEL_UNAVAILABLE until it is ready */
export function signatureOf({
  name,
  version,
  state,
  reason,
  signature,
  quarantined,
}: ModelVersion): Signature {
  if (signature !== undefined) return signature;
  const named = `Model ${name} version ${version}`;
  if (state !== 'unavailable') throw new ServingError('MODEL_LOADING', `${named} is not loaded yet.`);
  if (quarantined)
    throw new ServingError('MODEL_QUARANTINED', `${named} has crashed the server, and is not run any more.`);
  throw new ServingError('MODEL_UNAVAILABLE', `${named} failed to load: ${reason ?? 'see the log'}.`);
}

/**
 * Answers with what a version takes and gives. One that is loaded on demand is loaded first, if it never was: clients ask
 * this before they send anything. @throws ServingError MODEL_LOADING or MODEL_UNAVAILABLE
 */
export function answerWithSignature(
  exchange: Exchange,
  version: ModelVersion,
  { wanted }: OipFacts,
  bodyOf: (signature: Signature) => object,
): void | Promise<void> {
  const say = (): void => {
    if (!exchange.ended) answer(exchange, bodyOf(signatureOf(version)));
  };
  if (version.signature !== undefined || !wanted(version)) return say();
  exchange.startDeadline();
  const lease = version.hold();
  exchange.onEnd(() => lease.end());
  return lease.untilSettled().then(say);
}

/** Whether the first axis of every input and output is the batch. */
export const hasBatchAxis = ({ inputs, outputs }: Pick<Signature, 'inputs' | 'outputs'>): boolean =>
  [...inputs, ...outputs].every(({ shape }) => (shape[0] ?? 0) < 0);

export function answer(exchange: Exchange, body: object, status = 200): void {
  exchange.answer({ status, contentType: 'application/json', body: JSON.stringify(body) });
}
