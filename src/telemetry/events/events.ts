/**
 * All events of one server, by what they are about. Each function is one thing that happens: it sets its metrics and
 * writes its log line together, so that the two never disagree. The rest of the code calls these and touches neither a
 * counter nor the logger; a stage names the functions that it calls in an interface of its own.
 */
import type { Audit } from '../audit/audit.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { ArtifactEvents } from './artifacts.ts';
import { AuthenticationEvents } from './clients/authentication.ts';
import { DriftEvents } from './drift.ts';
import { DemandEvents } from './work/demand.ts';
import { BatchEvents } from './work/batches.ts';
import { CacheEvents } from './work/cache.ts';
import { FederatedEvents } from './federated.ts';
import { FeatureEvents } from './work/features.ts';
import { ConnectionEvents } from './clients/connections.ts';
import { FeedbackEvents } from './feedback.ts';
import { LimitEvents } from './clients/limits.ts';
import { ModelEvents } from './models.ts';
import { PredictionEvents } from './clients/predictions.ts';
import { RequestEvents, type RequestLogSettings } from './clients/requests.ts';
import { ServerEvents } from './server.ts';
import { TlsEvents } from './tls.ts';
import { TraceEvents } from './traces.ts';
import { TrafficEvents } from './traffic.ts';
import { UrlEvents } from './clients/urls.ts';
import { WorkerEvents } from './work/workers.ts';

export class Events {
  readonly server: ServerEvents;
  readonly connections: ConnectionEvents;
  readonly authentication: AuthenticationEvents;
  readonly requests: RequestEvents;
  readonly predictions: PredictionEvents;
  readonly urls: UrlEvents;
  readonly demand: DemandEvents;
  readonly limits: LimitEvents;
  readonly batches: BatchEvents;
  readonly cache: CacheEvents;
  readonly features: FeatureEvents;
  readonly federated: FederatedEvents;
  readonly models: ModelEvents;
  readonly artifacts: ArtifactEvents;
  readonly traffic: TrafficEvents;
  readonly feedback: FeedbackEvents;
  readonly drift: DriftEvents;
  readonly workers: WorkerEvents;
  readonly traces: TraceEvents;
  readonly tls: TlsEvents;

  /** `audit`: where there is an audit log, what is to be in it is put there too. */
  constructor(log: Log, metrics: Metrics, settings: RequestLogSettings, audit?: Audit) {
    this.server = new ServerEvents(log, metrics, audit);
    this.connections = new ConnectionEvents(log, metrics);
    this.authentication = new AuthenticationEvents(log, metrics, audit);
    this.predictions = new PredictionEvents(metrics);
    this.requests = new RequestEvents(log, metrics, this.predictions, settings);
    this.urls = new UrlEvents(log);
    this.demand = new DemandEvents(metrics);
    this.limits = new LimitEvents(log, metrics);
    this.batches = new BatchEvents(log, metrics);
    this.cache = new CacheEvents(metrics);
    this.features = new FeatureEvents(log, metrics);
    this.federated = new FederatedEvents(log, metrics);
    this.models = new ModelEvents(log, metrics, audit);
    this.artifacts = new ArtifactEvents(log, metrics, audit);
    this.traffic = new TrafficEvents(log, metrics, audit);
    this.feedback = new FeedbackEvents(log, metrics);
    this.drift = new DriftEvents(log, metrics, audit);
    this.workers = new WorkerEvents(log, metrics);
    this.traces = new TraceEvents(log, metrics);
    this.tls = new TlsEvents(log, metrics, audit);
  }
}
