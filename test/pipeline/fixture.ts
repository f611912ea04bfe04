/** What the tests of the pipeline share: the least pipeline.json, a model, and a server that is a few lines. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { loadPipeline, type PipelineSettings } from '../../src/pipeline/settings/load.ts';
import { PipelineError } from '../../src/pipeline/pipeline-error.ts';
import type {
  LoadAnswer,
  Served,
  ServedModel,
  ServedTraffic,
  TrafficSettings,
} from '../../src/pipeline/server/served.ts';
import { affine } from '../support/tiny-models.ts';

export const LEAST = {
  model: 'net',
  models: 'models',
  server: 'http://127.0.0.1:8000',
  train: { command: ['train'] },
  gate: { data: 'held-out.npz' },
};

/** A folder with the model `net` in version 1, and a pipeline for it. */
export function pipelineFolder(t: Test, changes: object = {}, config: object = {}): PipelineSettings {
  const folder = t.testdir({
    models: {
      net: {
        1: { 'model.onnx': affine().file },
        'model.json': JSON.stringify({ maxBatchSize: 8, ...config }),
      },
    },
    'pipeline.json': JSON.stringify({ ...LEAST, ...changes }),
  });
  return loadPipeline(join(folder, 'pipeline.json'));
}

/** Writes a candidate that differs from version 1. */
export function writeCandidate(folder: string, plus = 3): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.onnx'), affine('N', plus).file);
}

/** Serves what lies in the models folder when it is told to load, and remembers its traffic until it is started again. */
export class FakeServed implements Served {
  readonly #folder: string;
  readonly calls: string[] = [];
  settings: TrafficSettings = {};
  state = 'steady';
  reason: string | undefined;
  versions: string[] = [];
  defaultVersion = '';
  verdict: 'pass' | 'fail' | 'inconclusive' = 'pass';
  said: () => unknown = () => undefined;
  drifted: unknown;
  /** Answers to load() in place of loading. */
  refuses: string | undefined;
  away = false;
  /** Called before each answer; may throw. */
  before: (call: string) => void = () => undefined;

  constructor({ models, model }: Pick<PipelineSettings, 'models' | 'model'>) {
    this.#folder = join(models, model);
    this.start();
  }

  /** What a start of the server does. */
  start(): void {
    const file = join(this.#folder, 'model.json');
    const json = existsSync(file)
      ? (JSON.parse(readFileSync(file, 'utf8')) as { defaultVersion?: number })
      : {};
    this.versions = readdirSync(this.#folder)
      .filter((name) => /^\d+$/.test(name))
      .sort();
    this.defaultVersion = String(json.defaultVersion ?? Math.max(...this.versions.map(Number)));
    if (!this.versions.includes(this.defaultVersion))
      throw new Error(`default ${this.defaultVersion} is gone`);
    this.settings = {};
    this.state = 'steady';
  }

  model(): Promise<ServedModel> {
    return this.#answer('model', () => ({
      default_version: this.defaultVersion,
      versions: this.versions.map((version) => ({ version, state: 'ready' })),
    }));
  }

  traffic(): Promise<ServedTraffic> {
    return this.#answer('traffic', () => {
      const split = Object.entries((this.settings['split'] ?? {}) as Record<string, number>);
      const sum = split.reduce((total, [, weight]) => total + weight, 0);
      return {
        default_version: this.defaultVersion,
        set_by: 'request',
        state: this.state,
        ...(this.reason !== undefined && { reason: this.reason }),
        settings: this.settings,
        split: split.map(([version, weight]) => ({ version, share: weight / sum, state: 'ready' })),
        guard: {
          judged: split.slice(1).map(([version]) => ({
            version,
            verdict: this.verdict,
            n: 100,
            checks: [{ check: 'error_rate', says: '0.00 % <= 1.00 %', n: 100 }],
          })),
        },
      };
    });
  }

  setTraffic(settings: TrafficSettings): Promise<void> {
    return this.#answer(`set ${JSON.stringify(settings['split'] ?? null)}`, () => {
      this.settings = settings;
      this.state = 'steady';
      this.reason = undefined;
    });
  }

  step(step: 'promote' | 'rollback', version: string | undefined): Promise<void> {
    return this.#answer(`${step} ${version ?? ''}`.trim(), () => {
      const [champion = ''] = Object.keys(this.settings['split'] ?? {});
      this.settings = { split: { [version ?? champion]: 1 } };
      this.state = step === 'promote' ? 'promoted' : 'rolled_back';
    });
  }

  load(): Promise<LoadAnswer> {
    return this.#answer('load', () => {
      if (this.refuses !== undefined) return { kind: 'refused', reason: this.refuses };
      const { settings, state } = this;
      this.start();
      Object.assign(this, { settings, state });
      return { kind: 'loaded' };
    });
  }

  accuracy(): Promise<unknown> {
    return this.#answer('accuracy', () => this.said());
  }

  drift(): Promise<unknown> {
    return this.#answer('drift', () => this.drifted);
  }

  async #answer<T>(call: string, make: () => T): Promise<T> {
    this.before(call);
    if (this.away)
      throw new PipelineError('The server cannot be reached (ECONNREFUSED): is it running?', 'away');
    this.calls.push(call);
    return make();
  }
}

/** What GET …/accuracy answers: correct and n by version. */
export const accuracy = (
  versions: Readonly<Record<string, readonly [correct: number, n: number]>>,
): object => ({
  model: 'net',
  complete: true,
  versions: Object.entries(versions).map(([version, [correct, n]]) => ({
    version,
    accuracy: { value: correct / n, low: 0, high: 1, n },
  })),
});
