/**
 * Fetches one file of known size and digest. What has arrived stays in `<file>.part` and the next attempt goes
 * on from there; the file itself appears only whole and verified, by one rename.
 */
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../clock.ts';
import { makeFolder } from '../../disk/make-folder.ts';
import { sha256OfFile } from '../../repository/digest.ts';
import { CliError } from '../cli-error.ts';

export interface Download {
  readonly url: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A failure that may not happen again at the next attempt. */
class Interrupted extends Error {}

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 1000;
/** A request is given up when no byte has arrived for this long. */
const SILENCE_MS = 30_000;

/** @throws CliError when the bytes cannot be had, or are not the right ones; nothing is left under `file` then. */
export async function download(
  wanted: Download,
  clock: Clock,
  arrived: (bytes: number) => void,
): Promise<void> {
  const part = `${wanted.file}.part`;
  makeFolder(dirname(wanted.file));
  const resumed = (await sizeOf(part)) > 0;
  await fetchPart(wanted, part, clock, arrived);
  if (!(await isWanted(wanted, part)) && resumed) {
    // The first part was left by an earlier run, perhaps from another address: start again without it.
    await rm(part);
    await fetchPart(wanted, part, clock, arrived);
  }
  if (!(await isWanted(wanted, part))) {
    const actual = await sha256OfFile(part);
    await rm(part);
    throw new CliError(
      1,
      `${wanted.url} is not the expected file: its sha256 is ${actual}, expected is ${wanted.sha256}. Nothing was kept.`,
    );
  }
  await rename(part, wanted.file);
}

async function fetchPart(
  wanted: Download,
  part: string,
  clock: Clock,
  arrived: (bytes: number) => void,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await fetchRest(wanted, part, clock, arrived);
      return;
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      if (attempt === ATTEMPTS) {
        throw new CliError(
          1,
          `${wanted.url} could not be read in ${ATTEMPTS} attempts (${error.message}). What has arrived is kept; the same command goes on from there.`,
        );
      }
      await new Promise<void>((resolve) => clock.after(FIRST_PAUSE_MS * 2 ** (attempt - 1), resolve));
    }
  }
}

/** One request for the missing part of the file. */
async function fetchRest(
  { url, bytes }: Download,
  part: string,
  clock: Clock,
  arrived: (bytes: number) => void,
): Promise<void> {
  let have = await sizeOf(part);
  if (have > bytes) {
    await rm(part);
    have = 0;
  }
  arrived(have);
  if (have === bytes) return;

  const silence = new Silence(clock);
  try {
    const response = await interruptible(() =>
      // A range counts the bytes of the compressed form, if there is one.
      fetch(url, {
        headers: { 'accept-encoding': 'identity', ...(have > 0 ? { range: `bytes=${have}-` } : {}) },
        signal: silence.signal,
      }),
    );
    const start = startOf(response, url, have, bytes);
    await append(response, part, { start, bytes, url, arrived, silence });
  } finally {
    silence.end();
  }
}

/** Where in the file the body begins. @throws CliError, or Interrupted when another attempt may succeed */
function startOf(response: Response, url: string, have: number, bytes: number): number {
  const { status, headers } = response;
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
    const total = range?.[2] === '*' ? bytes : Number(range?.[2]);
    if (Number(range?.[1]) === have && total === bytes) return have;
    throw new CliError(
      1,
      `${url} answered with the range "${headers.get('content-range') ?? 'none'}", expected is byte ${have} on of ${bytes}.`,
    );
  }
  if (status === 200) {
    const length = headers.get('content-length');
    if (length === null || Number(length) === bytes) return 0;
    throw new CliError(1, `${url} has ${length} bytes, the expected file has ${bytes}.`);
  }
  const answer = `${url} answered ${status}`;
  if (status >= 500 || status === 429 || status === 408) throw new Interrupted(answer);
  throw new CliError(1, `${answer}.`);
}

interface Body {
  readonly start: number;
  readonly bytes: number;
  readonly url: string;
  readonly arrived: (bytes: number) => void;
  readonly silence: Silence;
}

async function append(response: Response, part: string, body: Body): Promise<void> {
  const file = await open(part, body.start === 0 ? 'w' : 'a');
  let have = body.start;
  try {
    const reader = response.body?.getReader();
    for (;;) {
      const piece = await interruptible(async () => reader?.read());
      if (piece === undefined || piece.done) break;
      body.silence.broken();
      have += piece.value.byteLength;
      if (have > body.bytes) {
        throw new CliError(1, `${body.url} sends more than the ${body.bytes} bytes of the expected file.`);
      }
      await file.appendFile(piece.value);
      body.arrived(have);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (have < body.bytes) throw new Interrupted(`it ended after ${have} of ${body.bytes} bytes`);
}

/** Every network error is worth another attempt. */
async function interruptible<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
    throw new Interrupted(cause?.code ?? cause?.message ?? message);
  }
}

/** Aborts a request when no data has arrived for a while. */
class Silence {
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  #cancel: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.broken();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Data has arrived: restarts the time. */
  broken(): void {
    this.#cancel();
    this.#cancel = this.#clock.after(SILENCE_MS, () =>
      this.#controller.abort(new Error(`nothing came for ${SILENCE_MS / 1000} s`)),
    );
  }

  /** Ends the watch, and cancels the rest of the body. */
  end(): void {
    this.#cancel();
    this.#controller.abort();
  }
}

async function isWanted({ bytes, sha256 }: Download, part: string): Promise<boolean> {
  return (await sizeOf(part)) === bytes && (await sha256OfFile(part)) === sha256;
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
