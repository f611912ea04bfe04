/**
 * One run at a time for a model: a file in the models folder that names the process that runs. Whoever finds the file of a
 * process that is gone takes it over. The file is beside the model, not in the state folder, so that two pipelines with
 * different state folders cannot change the same model at once.
 */
import {
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { PipelineError } from './pipeline-error.ts';

/** A process, so that another one with the same id is not taken for it. */
export interface Owner {
  readonly host: string;
  /** Changes with every start of the machine; empty where the system does not say. */
  readonly boot: string;
  readonly pid: number;
  /** When it was started, in ticks since the machine was; empty where the system does not say. */
  readonly started: string;
  /** Of this lock. */
  readonly token: string;
}

/** The owner writes the time of the file anew so often, for those that see the file and not the process. */
export const BEAT_MS = 10_000;

/** The lock of a process of another machine is nobody's when it was not renewed for so long. */
const STALE_MS = 6 * BEAT_MS;

export class Lock {
  readonly #file: string;
  readonly #owner: Owner;

  private constructor(file: string, owner: Owner) {
    this.#file = file;
    this.#owner = owner;
  }

  /** `models`: the models folder. @throws PipelineError busy, naming the owner, or when the folder cannot be written */
  static take(models: string, model: string): Lock {
    const file = fileOf(models, model);
    const owner = { ...self(), token: randomUUID() };
    for (let attempt = 0; attempt < 3; attempt++) {
      if (created(file, owner)) return new Lock(file, owner);
      const there = ownerIn(file);
      if (there !== undefined && isHeld(file, there)) throw busy(file, model, there);
      takeAway(file, there);
    }
    throw new PipelineError(`${file} is taken by other processes again and again.`, 'busy');
  }

  /** Shows others that the owner lives. @throws PipelineError when another process has taken the lock */
  beat(): void {
    if (ownerIn(this.#file)?.token !== this.#owner.token) {
      throw new PipelineError(`${this.#file} was taken by another process: this one stops.`, 'busy');
    }
    const now = new Date();
    utimesSync(this.#file, now, now);
  }

  release(): void {
    if (ownerIn(this.#file)?.token === this.#owner.token) rmSync(this.#file, { force: true });
  }
}

const fileOf = (models: string, model: string): string => join(models, `.${model}.pipeline.lock`);

/** Whether a process works on the model now. */
export function isTaken(models: string, model: string): boolean {
  const file = fileOf(models, model);
  const owner = ownerIn(file);
  return owner !== undefined && isHeld(file, owner);
}

/** Whether this call has made the file. */
function created(file: string, owner: Owner): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'wx', 0o640);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw new PipelineError(
      `${file} cannot be made (${code}): the pipeline has to be able to write to the models folder.`,
      'settings',
    );
  }
  writeSync(descriptor, `${JSON.stringify(owner)}\n`);
  closeSync(descriptor);
  return true;
}

/** Undefined when there is no file, or when it is not written yet. */
function ownerIn(file: string): Owner | undefined {
  try {
    const { host, boot, pid, started, token } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Owner>;
    if (host === undefined || pid === undefined || token === undefined) return undefined;
    return { host, boot: boot ?? '', pid, started: started ?? '', token };
  } catch {
    return undefined;
  }
}

function isHeld(file: string, { host, boot, pid, started }: Owner): boolean {
  const here = self();
  if (host !== here.host || boot !== here.boot) return ageOf(file) < STALE_MS;
  return isAlive(pid) && startOf(pid) === started;
}

/**
 * Takes away the file of an owner that is gone. Renamed first: of several processes that find it, one renames what it has
 * read, and who has renamed the file of somebody else gives it back.
 */
function takeAway(file: string, found: Owner | undefined): void {
  // A file without an owner is one that is being written now, or whose disk was full.
  if (found === undefined && ageOf(file) < BEAT_MS) return;
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // Somebody else was quicker.
  }
  if (ownerIn(aside)?.token === found?.token) return rmSync(aside, { force: true });
  renameSync(aside, file);
}

const ageOf = (file: string): number => {
  const facts = statSync(file, { throwIfNoEntry: false });
  return facts === undefined ? Infinity : Date.now() - facts.mtimeMs;
};

export const self = (): Omit<Owner, 'token'> => ({
  host: hostname(),
  boot: textAt('/proc/sys/kernel/random/boot_id'),
  pid: process.pid,
  started: startOf(process.pid),
});

/** When a process was started, in ticks since the machine was; empty when there is none, or the system does not say. */
export function startOf(pid: number): string {
  // The name of the command may hold spaces and parentheses: fields count from behind its last one.
  const fields = textAt(`/proc/${pid}/stat`).split(') ').at(-1)!.split(' ');
  return fields[19] ?? '';
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function textAt(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

const busy = (file: string, model: string, { host, pid }: Owner): PipelineError =>
  new PipelineError(`A pipeline of ${model} runs already, as process ${pid} on ${host} (${file}).`, 'busy');
