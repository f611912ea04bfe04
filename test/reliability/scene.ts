/** What a demand sets up and has to leave behind as it was: servers, folders, threads. Ended in reverse order. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withDescendants } from '../../tools/process/descendants.ts';
import { residentMiB } from '../../tools/process/usage.ts';
import { get, until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import {
  portOf,
  startProcess,
  type Ended,
  type ProcessSettings,
  type RunningProcess,
} from '../support/start-server.ts';
import type { TinyModel } from '../support/tiny-models.ts';

/** A server as a process of its own that is ready. */
export interface Started extends RunningProcess {
  readonly port: number;
  /** Of the server, not of its supervisor. */
  readonly pid: number;
}

export class Scene {
  readonly #teardowns: (() => unknown)[] = [];

  /** As a test's: called when the demand is done, whatever came of it. */
  teardown(end: () => unknown): void {
    this.#teardowns.push(end);
  }

  /** A new folder, which is removed at the end. */
  testdir(): string {
    const folder = mkdtempSync(join(tmpdir(), 'ortolan-reliability-'));
    this.teardown(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }

  models(models: Readonly<Record<string, TinyModel>>): string {
    return modelRepository(this, models);
  }

  /** A server without a log line for each request, ready. */
  async start(settings: ProcessSettings = {}, args: readonly string[] = []): Promise<Started> {
    const options = { logSample: 0, ...settings.options };
    const running = startProcess(this, { ...settings, options }, args);
    const port = await portOf(running);
    if (settings.options?.tlsCertFile === undefined) await until(() => allLoaded(port));
    return { ...running, port, pid: serverOf(running.child.pid!) };
  }

  async end(): Promise<void> {
    for (const end of this.#teardowns.splice(0).reverse()) await end();
  }
}

/** Ends a server without waiting for load balancers. */
export async function stopped({ child, ended, line }: Started): Promise<Ended> {
  child.kill('SIGTERM');
  await line('draining').catch(() => undefined);
  child.kill('SIGTERM');
  return ended;
}

/** Models other than the default one load while the server serves. */
const allLoaded = async (port: number): Promise<boolean> =>
  !/"state":"(waiting|loading)"/.test((await get(port, '/v1/models')).body.toString());

/** The server below its supervisor: what takes most of the memory. */
const serverOf = (pid: number): number =>
  withDescendants(pid).toSorted((a, b) => residentMiB([b]) - residentMiB([a]))[0] ?? pid;

/** Open file descriptors of a process. */
export const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
