/** Model repositories for the runs that serve one version of the model in the box, as a deployment would. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelName } from '../record/results.ts';
import { ROOT } from '../../tools/process/ortolan.ts';

export const MODEL = 'efficientnet-lite0';
export const VERSIONS: Readonly<Record<ModelName, string>> = { fp32: '1', int8: '2' };
const FOLDER = join(ROOT, 'models', MODEL);

/** Where the benchmark keeps what it makes and can make again. */
export const WORK = join(tmpdir(), 'ortolan-bench');

export const modelFile = (model: ModelName): string => join(FOLDER, VERSIONS[model], 'model.onnx');
export const modelSettings = join(FOLDER, 'model.json');

interface Settings {
  defaultVersion?: number;
  versionLabels?: Record<string, number>;
  sha256?: Record<string, string>;
}

/** A repository with this version only. */
export function onlyVersion(model: ModelName): string {
  const version = VERSIONS[model];
  const repository = join(WORK, `only-${model}`);
  const folder = join(repository, MODEL);
  mkdirSync(folder, { recursive: true });
  const settings = JSON.parse(readFileSync(modelSettings, 'utf8')) as Settings;
  const ofThis = <Value>(record: Record<string, Value> = {}, keep: (key: string, value: Value) => boolean) =>
    Object.fromEntries(Object.entries(record).filter(([key, value]) => keep(key, value)));
  settings.defaultVersion = Number(version);
  settings.versionLabels = ofThis(settings.versionLabels, (_label, value) => value === Number(version));
  settings.sha256 = ofThis(settings.sha256, (key) => key === version);
  writeFileSync(join(folder, 'model.json'), JSON.stringify(settings));
  for (const name of ['labels.txt', version]) {
    const from = join(FOLDER, name);
    if (existsSync(from)) cpSync(from, join(folder, name), { recursive: true });
  }
  return repository;
}
