/** A repository whose model has other bytes at every call, and gives the same answers: what a model is replaced by. */
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MODEL, modelFile, onlyVersion, VERSIONS, WORK } from '../inputs/only-version.ts';
import type { ModelName } from '../record/results.ts';
import { ROOT } from '../../tools/process/ortolan.ts';
import { text } from '../../tools/onnx/model.ts';

/** The field doc_string of a model in onnx.proto. The last one counts, so that any file can be continued. */
const DOC_STRING = 6;

export interface Variants {
  /** Of the models. */
  readonly folder: string;
  /** Puts other bytes in place of the model, in one step. */
  readonly next: () => void;
}

/** With the golden samples of the model in the box, which every load asks. */
export function variantsOf(model: ModelName): Variants {
  const folder = join(WORK, `swap-${model}`);
  rmSync(folder, { recursive: true, force: true });
  cpSync(onlyVersion(model), folder, { recursive: true });
  const ofModel = join(folder, MODEL);
  cpSync(join(ROOT, 'models', MODEL, 'golden'), join(ofModel, 'golden'), { recursive: true });
  const settings = JSON.parse(readFileSync(join(ofModel, 'model.json'), 'utf8')) as Record<string, unknown>;
  delete settings['sha256'];
  writeFileSync(join(ofModel, 'model.json'), JSON.stringify(settings));
  const original = readFileSync(modelFile(model));
  const place = join(ofModel, VERSIONS[model], 'model.onnx');
  let count = 0;
  const next = (): void => {
    writeFileSync(`${place}.new`, Buffer.concat([original, text(DOC_STRING, `variant ${++count}`)]));
    renameSync(`${place}.new`, place);
  };
  return { folder, next };
}
