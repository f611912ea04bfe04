/**
 * Prepares references: reads the one of a version and finds its thresholds, or makes one of gathered rows. Reading files
 * whole, sorting and simulating take up to some seconds, so it runs in a thread of its own, or in a command.
 */
import { contentDigest } from '../../../repository/digest.ts';
import { readReference, writeReference } from '../../../repository/drift/file.ts';
import { misfitOf, type Subject } from '../../../repository/drift/reference.ts';
import type { Reference } from '../../../repository/drift/schema.ts';
import { ModelError } from '../../../repository/model-error.ts';
import type { VersionEntry } from '../../../repository/versions.ts';
import { referenceOf, type Gathered, type Head } from './gathering.ts';
import { thresholdsFor, type Thresholds } from '../monitor.ts';

/** The version, and what of the server shapes its numbers. */
export interface OfVersion extends Pick<Subject, 'settings'> {
  readonly model: string;
  readonly file: VersionEntry;
}

export type Preparation =
  | ({ readonly kind: 'open' } & OfVersion)
  | ({ readonly kind: 'make' } & OfVersion & {
        readonly gathered: Gathered;
        readonly head: Pick<Head, 'made' | 'from' | 'window' | 'falseAlarmEvery'>;
      });

export type Prepared =
  /** `fault`: why it could not be written; it is used all the same. */
  | {
      readonly kind: 'ready';
      readonly reference: Reference;
      readonly thresholds: Thresholds;
      readonly fault?: string;
    }
  /** There is no drift.json. */
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly reason: string };

export async function prepare(task: Preparation): Promise<Prepared> {
  try {
    return task.kind === 'open' ? await opened(task) : await made(task);
  } catch (error) {
    if (error instanceof ModelError) return { kind: 'refused', reason: error.message };
    throw error;
  }
}

async function opened({ model, file, settings }: OfVersion): Promise<Prepared> {
  const reference = await readReference(file);
  if (reference === undefined) return { kind: 'none' };
  const subject = { model, version: file.version, digest: await contentDigest(file), settings };
  const misfit = misfitOf(reference, subject);
  if (misfit !== undefined) return { kind: 'refused', reason: misfit };
  return { kind: 'ready', reference, thresholds: thresholdsFor(reference) };
}

async function made({
  model,
  file,
  settings,
  gathered,
  head,
}: Extract<Preparation, { kind: 'make' }>): Promise<Prepared> {
  const digest = await contentDigest(file);
  const reference = referenceOf(gathered, { model, version: file.version, digest, settings, ...head });
  const thresholds = thresholdsFor(reference);
  const fault = await writeReference(file, reference).then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
  return { kind: 'ready', reference, thresholds, ...(fault !== undefined && { fault }) };
}
