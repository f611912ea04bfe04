/** Models on disk and archives in folders, for tests of artifacts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { Archive } from '../../src/artifacts/archive/archive.ts';
import { push, type Pushed } from '../../src/artifacts/archive/push.ts';
import { localModel } from '../../src/artifacts/folder/local-model.ts';
import { pull, type PullReport } from '../../src/artifacts/folder/pull.ts';
import type { PullSettings } from '../../src/artifacts/folder/pull-settings.ts';
import { ArchiveSource } from '../../src/artifacts/source/of-archive.ts';
import type { Offer, Source } from '../../src/artifacts/source/source.ts';
import { FileStore } from '../../src/artifacts/store/file.ts';
import type { ObjectStore } from '../../src/artifacts/store/store.ts';
import { systemClock as clock } from '../../src/clock.ts';
import { scanRepository } from '../../src/repository/repository.ts';
import { affine } from '../support/tiny-models.ts';

/** Writes version `version` of the model `net` into `root`: y = 2x + `plus`. */
export function writeVersion(root: string, version: number, plus: number, config: object = {}): void {
  const { file, config: own } = affine('N', plus);
  mkdirSync(join(root, 'net', String(version)), { recursive: true });
  writeFileSync(join(root, 'net', String(version), 'model.onnx'), file);
  writeFileSync(join(root, 'net/model.json'), JSON.stringify({ ...own, ...config }));
}

export interface Place {
  readonly base: string;
  /** Where models are pushed from. */
  readonly from: string;
  /** Where models are pulled into. */
  readonly to: string;
  readonly store: ObjectStore;
  readonly archive: Archive;
}

/** A models folder, an archive beside it, and a folder to pull into; `now`: wall clock. */
export function placeOf(t: Pick<Test, 'testdir'>, now: () => Date = () => new Date()): Place {
  const base = t.testdir({ from: {}, to: {}, store: {} });
  const store = new FileStore(join(base, 'store'));
  return {
    base,
    from: join(base, 'from'),
    to: join(base, 'to'),
    store,
    archive: new Archive({ store, clock, now }),
  };
}

export async function pushed(archive: Archive, from: string, only?: readonly string[]): Promise<Pushed> {
  const { models } = await scanRepository(from);
  return push(archive, await localModel(models[0]!, only));
}

export async function pulled(
  archive: Archive,
  to: string,
  settings: Partial<PullSettings> = {},
): Promise<PullReport> {
  return pulledFrom(new ArchiveSource(archive), to, settings);
}

export async function pulledFrom(
  source: Source,
  to: string,
  settings: Partial<PullSettings> = {},
): Promise<PullReport> {
  const { models } = (await source.offer()) as Offer;
  return pull(models, {
    source,
    models: to,
    clock,
    trust: undefined,
    replaces: 'nothing',
    removes: false,
    ...settings,
  });
}

export async function keysOf(store: ObjectStore, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}
