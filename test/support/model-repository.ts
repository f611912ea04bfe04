/** A model repository in the test's folder, which tap removes when the test ends. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { TinyModel } from './tiny-models.ts';

type TestFolder = Pick<Test, 'testdir'>;

/** Writes each model as version 1, with its model.json and labels; returns the folder. */
export function modelRepository(t: TestFolder, models: Readonly<Record<string, TinyModel>>): string {
  const root = t.testdir();
  for (const [name, { file, config, labels }] of Object.entries(models)) {
    mkdirSync(join(root, name, '1'), { recursive: true });
    writeFileSync(join(root, name, '1', 'model.onnx'), file);
    writeFileSync(join(root, name, 'model.json'), JSON.stringify(config));
    if (labels !== undefined) writeFileSync(join(root, name, 'labels.txt'), `${labels.join('\n')}\n`);
  }
  return root;
}

/** Writes only the model file; returns its path. */
export function modelFile(t: TestFolder, { file }: Pick<TinyModel, 'file'>): string {
  const path = join(t.testdir(), 'model.onnx');
  writeFileSync(path, file);
  return path;
}
