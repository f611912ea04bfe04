/** Serving without HTTP, for commands that classify in their own process, with one worker and one model. */
import { systemClock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { Serving } from '../serving/serving.ts';
import { ServingError, toServingError } from '../errors.ts';
import { readImageHeader } from '../image/header.ts';
import { refuseLarge } from '../image/limits.ts';
import { WORKER_FILE } from '../pool/pool.ts';
import { chooseDefaultModel } from '../repository/default-model.ts';
import { scanRepository } from '../repository/repository.ts';
import { trustOf } from '../repository/trust/trust.ts';
import { Events } from '../telemetry/events/events.ts';
import { createLog } from '../telemetry/log/log.ts';
import { createMetrics } from '../telemetry/metrics/metrics.ts';

export interface Classification {
  readonly model: { readonly name: string; readonly version: string };
  readonly predictions: readonly {
    readonly class_id: number;
    readonly label?: string;
    readonly probability: number;
  }[];
}

export interface LocalServing {
  /** Returns the classes of one image, most probable first. @throws ServingError */
  classify(bytes: Uint8Array): Promise<Classification>;
  close(): Promise<void>;
}

/** Loads the default model of `config`. @throws ServingError, ModelError */
export async function startLocal(config: Config): Promise<LocalServing> {
  const repository = await scanRepository(config.models, config.modelName, trustOf(config));
  const defaultModel = chooseDefaultModel(repository, config.defaultModel ?? config.modelName);
  const silent = createLog({ level: config.logLevel, write: () => undefined });
  const serving = new Serving(repository, defaultModel.name, {
    config: { ...config, workers: 1, wideThreads: 1 },
    clock: systemClock,
    events: new Events(silent, createMetrics(), { logSample: 0, logMaxPerSecond: 0 }),
    workerFile: WORKER_FILE,
  });
  await serving.prepare();
  await serving.start();
  return {
    classify: (bytes) => classify(serving, bytes, config.topK, config.maxImagePixels),
    close: () => serving.close(),
  };
}

async function classify(
  serving: Serving,
  bytes: Uint8Array,
  topK: number,
  maxImagePixels: number,
): Promise<Classification> {
  const model = serving.defaultVersion!; // Nothing is unloaded here.
  if (model.settings.preprocess === undefined) {
    throw new ServingError('UNSUPPORTED_MEDIA_TYPE', `Model ${model.name} takes rows, not images.`);
  }
  const header = readImageHeader(bytes);
  if ('code' in header) throw toServingError(header);
  const tooLarge = refuseLarge(header, maxImagePixels);
  if (tooLarge !== undefined) throw toServingError(tooLarge);
  const payload = { kind: 'image', rows: 1, bytes, header, topK: Math.min(topK, model.classes) } as const;
  const [outcome] = await model.submit([payload]).outcomes;
  if (outcome?.kind === 'failed') throw toServingError(outcome.failure);
  if (outcome?.kind !== 'done' || outcome.result.kind !== 'classes') {
    throw new ServingError('INTERNAL', 'The worker returned no classes.');
  }
  const { classes, probabilities } = outcome.result;
  const { labels } = model.settings;
  return {
    model: { name: model.name, version: model.version },
    predictions: classes.map((class_id, index) => {
      const label = labels?.[class_id];
      return { class_id, ...(label === undefined ? {} : { label }), probability: probabilities[index]! };
    }),
  };
}
