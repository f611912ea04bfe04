/**
 * Checks the configuration and the repository, and makes all parts of a server, in the order of a start. Nothing listens
 * yet, but the worker threads load their code meanwhile.
 */
import { cacheOf } from './answer-cache.ts';
import { systemClock as clock } from '../clock.ts';
import { isLimited } from '../config/limited.ts';
import type { Config } from '../config/schema.ts';
import { faultOfCache } from '../disk/cache-folder.ts';
import { ModelControl } from '../serving/control/control.ts';
import { Serving } from '../serving/serving.ts';
import { openAuthentication } from './authentication.ts';
import type { OpenAuthentication } from './credentials.ts';
import { applicationOf, type ApplicationParts } from './application.ts';
import type { ClientAddress } from '../guard/client-address.ts';
import type { App } from '../http/app.ts';
import { BodyBuffers } from '../http/body/buffers.ts';
import { limitHeaders, loadUws } from '../http/addon/uws.ts';
import type { Renewal } from '../http/tls/renewal.ts';
import { clientAddressOf } from './client-address.ts';
import { crashesOf } from './crashes.ts';
import { outsideOf, type Outside } from './outside.ts';
import { Lifecycle } from './lifecycle.ts';
import { openQuality, type OpenQuality } from './quality.ts';
import { chooseDefaultModel } from '../repository/default-model.ts';
import { onlyNamed } from '../repository/look/at-start.ts';
import { lookAt, type Look } from '../repository/look/look.ts';
import { trustOf } from '../repository/trust/trust.ts';
import { renewalOf } from './tls.ts';
import type { Audit } from '../telemetry/audit/audit.ts';
import type { Events } from '../telemetry/events/events.ts';
import { openTraffic, type OpenTraffic } from '../traffic/open.ts';
import type { Tracing } from '../telemetry/trace/open.ts';
import type { Verbosity } from '../telemetry/log/verbosity.ts';

/** All parts of a server that listens. */
export interface Parts {
  readonly config: Config;
  readonly events: Events;
  readonly lifecycle: Lifecycle;
  readonly serving: Serving;
  readonly control: ModelControl;
  readonly outside: Outside;
  readonly traffic: OpenTraffic;
  readonly authentication: OpenAuthentication;
  readonly app: App;
  readonly verbosity: Verbosity;
  readonly tracing: Tracing | undefined;
  readonly renewal: Renewal | undefined;
  readonly limits: ApplicationParts['limits'];
  readonly audit: Audit | undefined;
  readonly quality: OpenQuality;
}

/** What tells of a start is there before its parts. */
export type Telemetry = Pick<ApplicationParts, 'metrics' | 'events' | 'verbosity'> &
  Pick<Parts, 'tracing' | 'audit'>;

/** @throws StartError, and what rethrown() makes one of; what was opened before is closed again */
export async function assemble(config: Config, telemetry: Telemetry, workerFile: URL): Promise<Parts> {
  const { metrics, events, verbosity, tracing, audit } = telemetry;
  const cacheFault = faultOfCache(config.cacheDir);
  if (cacheFault !== undefined) events.server.cacheUnusable(config.cacheDir, cacheFault);
  const clientAddress = clientAddressOf(config);
  const trust = trustOf(config, (labels, kind, reason) => events.models.untrusted(labels, kind, reason));
  const look = (): Promise<Look> => lookAt(config.models, config.modelName, trust);
  const first = await look();
  const repository = onlyNamed(first.repository, config.loadAtStart);
  const defaultModel = chooseDefaultModel(repository, config.defaultModel ?? config.modelName);
  const cache = cacheOf(config, events);
  const tracer = tracing?.tracer;
  let drift: OpenQuality['drift'] | undefined;
  const serving = new Serving(repository, defaultModel.name, {
    config,
    crashes: crashesOf(config, first.repository, events),
    clock,
    events,
    workerFile,
    tracer,
    unloaded(instance) {
      cache?.forget(instance);
      drift?.unloaded(instance);
    },
    loaded: (version) => drift?.loaded(version),
  });
  void serving.startThreads();
  const opened: { close(): void | Promise<void> }[] = [];
  try {
    const quality = openQuality(config, { clock, events, catalogue: serving.catalogue, pool: serving.pool });
    drift = quality.drift;
    opened.push(quality);
    limitHeaders(config.maxHeaderBytes);
    const uws = loadUws(config.cacheDir);
    const lifecycle = new Lifecycle(clock);
    const outside = outsideOf(config, events);
    const traffic = openTraffic(serving.catalogue, {
      clock,
      events: events.traffic,
      buffers: new BodyBuffers(),
    });
    const { modelControl: mode, modelPollMs: pollMs } = config;
    const control = new ModelControl({ mode, pollMs, clock, events: events.models, serving, look, first });
    const authentication = await openAuthentication(config, clock, events.authentication);
    opened.push(authentication);
    const limits = await limitsOf(config, clientAddress, events);
    if (limits !== undefined) opened.push(limits);
    const renewal = renewalOf(config, clock, events.tls);
    if (renewal !== undefined) opened.push(renewal);
    const shown = { config, events, lifecycle, serving, control, outside, traffic, verbosity, quality };
    const asked = { authentication, limits, audit };
    const more = { metrics, cache, tracer, clientAddress, tls: renewal?.current };
    const app = applicationOf(uws, { ...shown, ...asked, ...more });
    renewal?.into((credentials) => app.renew(credentials));
    return { ...shown, ...asked, app, tracing, renewal };
  } catch (error) {
    for (const one of opened) await one.close();
    await serving.close();
    throw error;
  }
}

/** Who limits nobody does not load what does. */
async function limitsOf(config: Config, clientAddress: ClientAddress, events: Events) {
  if (!isLimited(config)) return undefined;
  const { openLimits } = await import('./limits.ts');
  return openLimits(config, clientAddress, clock, events.limits);
}
