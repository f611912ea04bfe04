/**
 * A model as onnxruntime has optimised it for this machine, kept in a folder for the next session: it loads in a
 * fraction of the time, and its weights are mapped from one file, so that all sessions of the process share them.
 * What it gains: docs/performance/tried-session.md.
 *
 * Optional: without it the model is loaded plainly. A form is found again only for the same bytes of the model and of
 * every file that it names, the same onnxruntime and the same processor; it is used only from a folder that no other
 * user can write, and only when every file of it is as the manifest noted it when the form was made.
 */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { privateFolder } from '../../src/disk/cache-folder.ts';
import { externalFiles } from '../../src/onnx/external-data.ts';
import type { Content } from '../../src/thread/load.ts';
import { digestOf, isIntact, MODEL, stampOf, writeManifest } from './manifest.ts';
import { forgetOld, touch } from './kept.ts';

/**
 * Smaller models load as fast as digests are taken, and have few weights to share. Those with weights in other files have a
 * form nevertheless: onnxruntime maps such a file, and the process would die when somebody wrote into it.
 */
const MIN_BYTES = 1024 * 1024;

/** How often to look whether the thread or process that compiles it is done. */
const POLL_MS = 5;
/** A claim older than this is from a process that died, and is taken over. */
const STALE_MS = 60_000;

export interface Compiler {
  /** Of onnxruntime: another one may lay weights out differently. */
  readonly version: string;
  /** Writes the optimised model to `file`, and its weights beside it. May reject. */
  readonly compile: (file: string) => Promise<void>;
  /** Of a model that is compiled from memory: its form is used by this process alone. */
  readonly content?: Content | undefined;
  /** Longest wait, in milliseconds, for another thread or process that compiles the same model; 2000 by default. */
  readonly waitMs?: number;
}

/**
 * Returns the file to load instead of `file`, and makes it if it does not exist; undefined for small models in one file, and
 * when it cannot be made. Never rejects. Blocks while it reads the model, about 1 ms a MB.
 */
export async function compiledForm(
  file: string,
  folder: string,
  compiler: Compiler,
): Promise<string | undefined> {
  try {
    const files = [file, ...externalFiles(file)];
    if (bytesOf(files) < MIN_BYTES && files.length === 1) return undefined;
    const { version, content } = compiler;
    const stamps = stampsOf(files);
    const name = content === undefined ? contentOf(files) : digestOfAll(content.digests);
    const form = join(privateFolder(folder), keyOf(name, version));
    // What is compiled from memory was compared with its digests.
    const isSame = (): boolean => content !== undefined || stampsOf(files) === stamps;
    if (!isIntact(form, content?.formSecret) && !(await made(form, compiler, isSame))) return undefined;
    touch(form);
    return join(form, MODEL);
  } catch {
    return undefined; // A disk that is full, a folder that is read-only, a model that onnxruntime refuses.
  }
}

/**
 * Makes the form, or waits until another thread or process has made it; returns whether it exists. `isSame`: whether the
 * files of the model are unchanged since the name of the form was computed.
 */
async function made(
  form: string,
  { compile, content, waitMs = 2000 }: Compiler,
  isSame: () => boolean,
): Promise<boolean> {
  const claim = `${form}.claim`;
  if (!claimed(claim)) {
    for (let waited = 0; waited < waitMs && exists(claim); waited += POLL_MS) await setTimeout(POLL_MS);
    return isIntact(form, content?.formSecret);
  }
  const own = `${form}.${process.pid}-${randomBytes(6).toString('hex')}`;
  try {
    if (isIntact(form, content?.formSecret)) return true; // Made between the check and the claim.
    mkdirSync(own, { mode: 0o700 });
    await compile(join(own, MODEL));
    if (!isSame()) return false; // Written meanwhile: it is unknown which content was compiled.
    writeManifest(own, content?.formSecret);
    rmSync(form, { recursive: true, force: true }); // A damaged one.
    renameSync(own, form);
    forgetOld(dirname(form));
    return true;
  } finally {
    rmSync(own, { recursive: true, force: true });
    rmSync(claim, { force: true });
  }
}

/** Whether this thread has claimed the form, and is the one to make it. */
function claimed(claim: string): boolean {
  const age = Date.now() - (statSync(claim, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
  if (age > STALE_MS) rmSync(claim, { force: true });
  try {
    closeSync(openSync(claim, 'wx', 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Stamps of the files that exist. */
const stampsOf = (files: readonly string[]): string =>
  files.map((file) => (exists(file) ? stampOf(file) : '')).join('\n');

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** Their size together. @throws Error where one of them is no regular file: a device may have no end. */
function bytesOf(files: readonly string[]): number {
  const facts = files.map((file) => statSync(file, { throwIfNoEntry: false }));
  if (facts.some((fact) => fact?.isFile() === false)) throw new Error(`not a file among ${files.join()}`);
  return facts.reduce((sum, fact) => sum + (fact?.size ?? 0), 0);
}

/** `content`: digest of the model and its weights. */
function keyOf(content: string, version: string): string {
  const machine = createHash('sha256').update(`${version} ${process.arch} ${processor()}`).digest('hex');
  return `${content.slice(0, 32)}-${machine.slice(0, 16)}`;
}

/** Differs from that of the same files where they are not verified. */
const digestOfAll = (digests: Content['digests']): string =>
  createHash('sha256')
    .update(`verified ${JSON.stringify([...digests])}`)
    .digest('hex');

/** The digest of the model, or of the digests of all its files; a missing file is part of it too. */
export function contentOf([model, ...others]: readonly string[]): string {
  const digest = digestOf(model!);
  if (others.length === 0) return digest;
  const all = createHash('sha256').update(digest);
  for (const file of others)
    all.update(`\n${relative(dirname(model!), file)} ${exists(file) && digestOf(file)}`);
  return all.digest('hex');
}

/** Name and features of the processor: onnxruntime chooses kernels, and with them the layout of weights, by those. */
function processor(): string {
  try {
    const [first] = readFileSync('/proc/cpuinfo', 'utf8').split('\n\n');
    return first!.replace(
      /^(processor|cpu MHz|bogomips|apicid|initial apicid|core id|physical id).*$/gim,
      '',
    );
  } catch {
    return cpus()[0]?.model ?? '';
  }
}
