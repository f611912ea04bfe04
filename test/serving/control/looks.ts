/** Looks at a repository that is not on disk. */
import type { Look, ModelLook } from '../../../src/repository/look/look.ts';
import type { ModelConfig } from '../../../src/repository/model-json/schema.ts';
import type { VersionEntry } from '../../../src/repository/repository.ts';

const fileOf = (version: string): VersionEntry => ({
  version,
  file: `/models/m/${version}/model.onnx`,
  root: '/models',
  bytes: 10,
  sha256Declared: undefined,
});

export interface Lying {
  readonly name?: string;
  /** A stamp for each version with a model file. */
  readonly versions: Readonly<Record<string, string>>;
  readonly config?: ModelConfig;
  readonly labels?: readonly string[];
  /** Versions on disk that the policy does not choose. */
  readonly withheld?: readonly string[];
}

/** A model that can be served. */
export function modelOf({ name = 'm', versions, config = {}, labels, withheld = [] }: Lying): ModelLook {
  const numbers = Object.keys(versions).sort((a, b) => Number(a) - Number(b));
  const entry = {
    name,
    folder: `/models/${name}`,
    config,
    labels,
    versions: numbers.map(fileOf),
    withheld,
    defaultVersion: String(config.defaultVersion ?? numbers.at(-1)),
  };
  return {
    name,
    entry,
    reason: undefined,
    stamps: new Map([...Object.entries(versions), ...withheld.map((number) => [number, ''] as const)]),
  };
}

export const unreadable = (reason: string, name = 'm'): ModelLook => ({
  name,
  entry: undefined,
  reason,
  stamps: new Map(),
});

export const lookOf = (...models: readonly ModelLook[]): Look => ({
  repository: { root: '/models', models: [], unavailable: [], warnings: [] },
  models: new Map(models.map((model) => [model.name, model])),
});
