/**
 * The labelled inputs of a model, out of the log of predictions: what feedback says the class of an item is, and what the client had
 * sent. Nothing is read into memory but the labels and one line of the log at a time.
 */
import { constants } from 'node:fs';
import { open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { readEntry, type FeedbackEntry } from '../../quality/feedback/entry.ts';
import { scanLines } from '../../quality/log/lines.ts';
import { segmentNameOf, type SegmentKind } from '../../quality/log/segment-name.ts';
import { PipelineError } from '../pipeline-error.ts';

/** A label of an item. */
export type Label = Pick<FeedbackEntry, 'requestId' | 'index' | 'answeredAt' | 'label' | 'version'> & {
  readonly classId: number;
};

/** An input whose class is known. */
export interface Labelled {
  readonly label: Label;
  /** A member of `inputs` of the line, as it lies there. */
  readonly input: Input;
}

export type Input =
  | { readonly index: number; readonly format: string; readonly data: string }
  | { readonly index: number; readonly tensors: readonly LoggedTensor[] };

export interface LoggedTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  /** In base64. */
  readonly data: string;
}

export interface Wanted {
  readonly folder: string;
  readonly model: string;
  /** Who has to have said it; undefined: anybody. */
  readonly by: readonly string[] | undefined;
  /** The newest so many are taken. */
  readonly most: number;
}

const READ = constants.O_RDONLY | constants.O_NOFOLLOW;
/** Inputs of 4 MiB in base64, and facts. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;
const FIRST_READ_BYTES = 64 * 1024;

/** The labels of the model, the newest last. @throws PipelineError when the folder cannot be read */
export async function labelsOf({ folder, model, by, most }: Wanted): Promise<readonly Label[]> {
  const labels = new Map<string, Label & { readonly at: number }>();
  for (const file of await filesOf(folder, 'feedback')) {
    for await (const text of linesIn(join(folder, file), () => true)) {
      const entry = readEntry(text);
      if (entry?.classId === undefined || entry.model !== model) continue;
      if (by !== undefined && !by.includes(entry.by ?? '')) continue;
      labels.set(keyOf(entry), { ...entry, classId: entry.classId });
    }
  }
  return [...labels.values()].sort((a, b) => a.at - b.at).slice(-most);
}

/** Their inputs, as far as they are in the log, in the order of the log. @throws PipelineError when the folder cannot be read */
export async function* inputsOf(folder: string, labels: readonly Label[]): AsyncGenerator<Labelled> {
  const byRequest = Map.groupBy(labels, ({ requestId }) => requestId);
  for (const file of await filesOf(folder, 'predictions')) {
    for await (const text of linesIn(join(folder, file), (id) => byRequest.has(id))) {
      const line = lineIn(text);
      if (line === undefined) continue;
      for (const label of byRequest.get(line.requestId) ?? []) {
        // A client may use an id again: the label is of one answer.
        if (label.answeredAt !== line.at) continue;
        const input = line.inputs.findLast(({ index }) => index <= label.index);
        if (input !== undefined) yield { label, input };
      }
    }
  }
}

const keyOf = ({ requestId, index, answeredAt }: FeedbackEntry): string =>
  `${requestId} ${index} ${answeredAt}`;

/** Oldest first. @throws PipelineError */
async function filesOf(folder: string, kind: SegmentKind): Promise<readonly string[]> {
  let files: string[];
  try {
    files = await readdir(folder);
  } catch (error) {
    throw new PipelineError(
      `The prediction log ${folder} cannot be read (${(error as NodeJS.ErrnoException).code}): start the server with --prediction-log-dir and --prediction-log-inputs on.`,
    );
  }
  const names = files.map(segmentNameOf).filter((name) => name !== undefined);
  return names
    .filter((name) => name.kind === kind)
    .sort((a, b) => a.begunAt - b.begunAt)
    .map(({ file }) => file);
}

/** The whole lines whose request id is wanted. A file that is gone, by its age, has none. */
async function* linesIn(path: string, isWanted: (id: string) => boolean): AsyncGenerator<string> {
  let file: FileHandle;
  try {
    file = await open(path, READ);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new PipelineError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  try {
    const places: number[] = [];
    const { size } = await file.stat();
    await scanLines(file, 0, size, (id, at) => {
      if (isWanted(id)) places.push(at);
    });
    for (const at of places) {
      const line = await lineAt(file, at);
      if (line !== undefined) yield line;
    }
  } finally {
    await file.close();
  }
}

/** Undefined for one that is longer than any of ours. */
async function lineAt(file: FileHandle, at: number): Promise<string | undefined> {
  for (let bytes = FIRST_READ_BYTES; bytes <= MAX_LINE_BYTES; bytes *= 4) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(bytes), 0, bytes, at);
    const end = buffer.subarray(0, bytesRead).indexOf(LF);
    if (end >= 0) return buffer.toString('utf8', 0, end);
    if (bytesRead < bytes) return undefined;
  }
  return undefined;
}

const LF = 0x0a;

interface Line {
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** By their place, ascending. */
  readonly inputs: readonly Input[];
}

/** Undefined where no inputs were kept. */
export function lineIn(text: string): Line | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { request_id: requestId, at, inputs } = (value ?? {}) as Record<string, unknown>;
  const time = typeof at === 'string' ? Date.parse(at) : NaN;
  if (typeof requestId !== 'string' || Number.isNaN(time) || !Array.isArray(inputs)) return undefined;
  return { requestId, at: time, inputs: inputs.filter(isInput) };
}

function isInput(value: unknown): value is Input {
  const { index, format, data, tensors } = (value ?? {}) as Record<string, unknown>;
  if (!Number.isSafeInteger(index)) return false;
  if (typeof format === 'string') return typeof data === 'string';
  return Array.isArray(tensors) && tensors.every(isTensor);
}

function isTensor(value: unknown): value is LoggedTensor {
  const { name, datatype, shape, data } = (value ?? {}) as Record<string, unknown>;
  return (
    [name, datatype, data].every((text) => typeof text === 'string') &&
    Array.isArray(shape) &&
    shape.every((side) => Number.isSafeInteger(side) && (side as number) >= 0)
  );
}
