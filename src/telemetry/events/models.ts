/** Model versions are found, loaded and removed. */
import type { Audit } from '../audit/audit.ts';
import { modelRefused, modelRemoved, modelServed } from '../audit/changes.ts';
import type { Rewrites } from '../../thread/load.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { VersionLabels } from '../metrics/register.ts';

export class ModelEvents {
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #audit: Pick<Audit, 'record'> | undefined;

  constructor(log: Log, metrics: Metrics, audit?: Pick<Audit, 'record'>) {
    this.#log = log;
    this.#metrics = metrics;
    this.#audit = audit;
  }

  loading({ model, version }: VersionLabels): void {
    this.#metrics.modelReady.set({ model, version }, 0);
    for (const outcome of ['ready', 'refused']) this.#metrics.modelLoads.of({ model, version, outcome });
    this.#log.debug({ model, version }, 'loading model');
  }

  /** `ms`: of loading and warm-up. `fallbackReason`: why it does not run on the device that was asked for. */
  ready(
    { model, version }: VersionLabels,
    provider: string,
    ms: number,
    fallbackReason: string | undefined,
  ): void {
    this.#metrics.models.of({ model, version }); // Its series begin at 0, so that a first increase is visible.
    this.#metrics.modelReady.set({ model, version }, 1);
    this.#metrics.modelQuarantined.set({ model, version }, 0);
    this.#metrics.modelCrashes.of({ model, version });
    // One that has left its device has another provider than before.
    this.#metrics.modelInfo.remove({ model, version });
    this.#metrics.modelInfo.set({ model, version, provider }, 1);
    if (provider !== 'cpu') this.#metrics.deviceLosses.of({ model, version, device: provider });
    this.#metrics.modelLoad.set({ model, version }, ms / 1000);
    this.#metrics.modelLoads.inc({ model, version, outcome: 'ready' });
    this.#log.info({ model, version, provider, load_ms: Math.round(ms) }, 'model ready');
    this.#audit?.record(modelServed({ model, version }));
    if (fallbackReason !== undefined) {
      this.#log.warn(
        { model, version, provider, reason: fallbackReason },
        'execution provider not available',
      );
    }
  }

  /** `rewrites`: undefined where nothing was to be rewritten. */
  rewritten({ model, version }: VersionLabels, rewrites: Rewrites | undefined): void {
    const { applied = [], reason } = rewrites ?? {};
    this.#metrics.modelRewrites.set({ model, version }, applied.length);
    if (applied.length > 0) this.#log.debug({ model, version, rewrites: applied.join() }, 'graph rewritten');
    if (reason !== undefined) this.#log.warn({ model, version, reason }, 'graph not rewritten');
  }

  /** `bytes`: by how much the process has grown by loading the version, or the size of its files where that is more. */
  measured({ model, version }: VersionLabels, bytes: number): void {
    this.#metrics.modelMemory.set({ model, version }, bytes);
  }

  /** A version on demand was unloaded, to make room for another one. It is still ready: it is loaded when it is asked for. */
  evicted({ model, version }: VersionLabels, bytes: number, other: VersionLabels): void {
    this.#metrics.modelMemory.set({ model, version }, 0);
    this.#metrics.modelEvictions.inc({ model, version });
    const room = { for_model: other.model, for_version: other.version };
    this.#log.info({ model, version, bytes, ...room }, 'model evicted');
  }

  unavailable({ model, version }: VersionLabels, reason: string): void {
    this.#metrics.modelReady.set({ model, version }, 0);
    this.#metrics.modelMemory.set({ model, version }, 0);
    this.#metrics.modelLoads.inc({ model, version, outcome: 'refused' });
    this.#log.error({ model, version, reason }, 'model unavailable');
    this.#audit?.record(modelRefused({ model, version }, reason));
  }

  /** The process of a version has crashed: the batch that it ran was lost. */
  crashed({ model, version }: VersionLabels, signal: string): void {
    this.#metrics.modelCrashes.inc({ model, version });
    this.#log.error({ model, version, signal }, 'the process of a model crashed');
  }

  /** The device of a version was lost, or is not there yet again: a batch has failed for it. */
  deviceLost({ model, version }: VersionLabels, device: string, detail: string): void {
    this.#metrics.deviceLosses.inc({ model, version, device });
    this.#log.error({ model, version, device, detail }, 'device lost');
  }

  /** It has crashed the server, and is not loaded. */
  quarantined({ model, version }: VersionLabels, reason: string): void {
    this.#metrics.modelReady.set({ model, version }, 0);
    this.#metrics.modelQuarantined.set({ model, version }, 1);
    this.#log.error({ model, version, reason }, 'model quarantined');
  }

  /** The files that lie in its place now are not served; what was served before still is. */
  refused({ model, version }: VersionLabels, reason: string): void {
    this.#metrics.modelLoads.inc({ model, version, outcome: 'refused' });
    this.#log.error({ model, version, reason }, 'model refused, the version before it still serves');
    this.#audit?.record(modelRefused({ model, version }, reason));
  }

  /** A version is not what somebody with a known key has signed. */
  untrusted({ model, version }: VersionLabels, kind: string, reason: string): void {
    this.#metrics.modelUntrusted.inc({ model, version, reason: kind });
    this.#metrics.modelUntrustedAt.set({ model, version }, Date.now() / 1000);
    this.#log.error({ model, version, distrust: kind, reason }, 'model not trusted');
    this.#audit?.record(modelRefused({ model, version }, reason, 'signature'));
  }

  /** A new version takes or returns other tensors than the default version of its model. */
  signatureChanged({ model, version }: VersionLabels, change: string): void {
    this.#log.warn({ model, version, change }, 'model version has another signature');
  }

  /** The models folder could not be read, or had no model: nothing is changed until it can. */
  folderUnreadable(reason: string): void {
    this.#log.error({ reason }, 'models folder not readable, nothing is changed');
  }

  /** `folder` holds something that looks like a model and is not served. */
  passedOver(folder: string, reason: string): void {
    this.#log.warn({ folder, reason }, 'model passed over');
  }

  /** The version is not served any more: nothing of it may be reported after this, or its series come back. */
  removed({ model, version }: VersionLabels): void {
    this.#metrics.removeVersion({ model, version });
    this.#log.info({ model, version }, 'model removed');
    this.#audit?.record(modelRemoved({ model, version }));
  }
}
