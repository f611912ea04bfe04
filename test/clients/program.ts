/**
 * Runs a client against a server: a Python program of this folder whose lines `ok NAME` and `FAULT NAME: why` become
 * tests. Where Python or the packages cannot be had, the test is skipped and says so.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Test } from 'tap';
import { EnvironmentLack, environmentOf } from '../../src/python/environment.ts';
import { until } from '../support/http-client.ts';
import { PHOTOS, portOf, startProcess } from '../support/start-server.ts';
import { clientModels } from './models.ts';

const HERE = import.meta.dirname;
const STDERR_TAIL = 2000;
/** The pins are for these: MLServer 1.7.1 is not for 3.13. */
const PYTHONS = ['3.11', '3.12'];

export interface Found<T> {
  readonly value?: T;
  /** Why it cannot be had here; what tap takes as `skip`. */
  readonly skip: string | false;
}

/** What `make` gives, or why this machine cannot have it. */
export async function unlessLacking<T>(make: () => Promise<T>): Promise<Found<T>> {
  try {
    return { value: await make(), skip: false };
  } catch (error) {
    if (error instanceof EnvironmentLack) return { skip: error.message };
    throw error;
  }
}

/** The Python of the environment pinned/requirements-NAME.txt. */
export const pythonWith = async (name: string): Promise<string> =>
  join(await environmentOf(join(HERE, 'pinned'), name, PYTHONS), 'python');

/** The server that the clients are tried with; resolves with its address when every model is ready. `args`: more of its options. */
export async function serverForClients(t: Test, args: readonly string[] = []): Promise<string> {
  const running = startProcess(
    t,
    { models: clientModels(t), options: { defaultModel: 'photos', modelControl: 'explicit' } },
    args,
  );
  const address = `127.0.0.1:${await portOf(running)}`;
  await until(async () => (await fetch(`http://${address}/v2/health/ready`)).ok);
  return address;
}

/** One assertion for each line that the program of `folder` prints. */
export async function checked(t: Test, python: string, folder: string, address: string): Promise<void> {
  const child = spawn(python, [join(HERE, folder), address], {
    env: { ...process.env, PHOTOS, PYTHONPATH: HERE, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, said] = [textOf(child.stdout), textOf(child.stderr)];
  const [code] = (await once(child, 'close')) as [number | null];
  const [version = '', ...lines] = out().trimEnd().split('\n');
  t.comment(version);
  for (const line of lines) {
    const [, how, name, why] = /^(ok|FAULT) (.*?)(?:: (.*))?$/.exec(line) ?? [];
    if (how === 'ok') t.pass(name ?? line);
    else t.fail(name ?? line, { why: why ?? '' });
  }
  const passed = lines.length > 0 && lines.every((line) => line.startsWith('ok '));
  t.equal(code, passed ? 0 : 1, 'it came to its end', { stderr: said().slice(-STDERR_TAIL) });
}

/** What a stream has brought so far. */
export function textOf(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (more: string) => (text += more));
  return () => text;
}
