/**
 * The server of a checkout, started as `make run` starts it there, on a free port. (bench/server.ts starts the one of the
 * working tree, and may know options that an older commit lacks.)
 */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { launched, type Launched } from '../launched.ts';
import type { Checkout } from './checkout.ts';

export interface Rival extends Launched {
  readonly name: string;
}

/**
 * Asked for only where the commit has them. Waiting is the point of a saturated closed loop, and each commit compiles its
 * own models.
 */
const WISHES = (cacheFolder: string): readonly (readonly [flag: string, value: string])[] => [
  ['--slo-p99-ms', '10000'],
  ['--log-sample', '0'],
  ['--cache-dir', cacheFolder],
];

/** Resolves when every version is loaded. @throws Error with the end of its stderr when it does not start */
export async function startRival({ name, root }: Checkout, cacheFolder: string): Promise<Rival> {
  const launcher = join(root, 'bin/ortolan');
  const help = spawnSync(launcher, ['serve', '--help'], { cwd: root, encoding: 'utf8' }).stdout;
  const wishes = WISHES(cacheFolder).filter(([flag]) => help.includes(flag));
  const startedAt = performance.now();
  const child = spawn(launcher, ['serve', '--host', '127.0.0.1', '--port', '0', ...wishes.flat()], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    return { name, ...(await launched(child, startedAt)) };
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
  }
}
