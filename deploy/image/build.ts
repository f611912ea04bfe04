/**
 * `make image`: builds the image by docker, podman or buildah, whichever is there.
 *
 *   node deploy/image/build.ts [--tag ortolan:local] [--cuda | --webgpu] [--offline] [--engine buildah]
 *
 * --offline needs no registry of images: the base is made from Debian's packages (base.ts), and buildah builds in
 * a chroot. Debian's and npm's packages are fetched in both cases. Ends with 3 and the reason where it cannot be done.
 */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { lackOfBase, makeBase } from './base.ts';
import { inFolder, isThere, output, podmanEnvironment, run } from './command.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** By its Node.js: one that is there is used again. */
const BASE_TAG = `localhost/ortolan-base:${process.versions.node}-trixie`;

/** The same as in compose.gpu.yaml; a test compares. */
export const CUDA_ARGUMENTS = {
  ONNXRUNTIME_NODE_INSTALL: 'cuda12',
  RUNTIME_IMAGE: 'docker.io/nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04',
} as const;

/** The same as in compose.webgpu.yaml; a test compares. */
export const WEBGPU_ARGUMENTS = { VULKAN: 'yes' } as const;

/** Build arguments of each variant. */
const VARIANTS = { cpu: {}, cuda: CUDA_ARGUMENTS, webgpu: WEBGPU_ARGUMENTS } as const;

interface Wanted {
  readonly tag: string;
  readonly engine: string;
  readonly variant: keyof typeof VARIANTS;
}

/** The command line of the builder. */
function buildCommand({ tag, engine, variant }: Wanted, more: Readonly<Record<string, string>>): string[] {
  const settings: Record<string, string> = { ...revision(), ...VARIANTS[variant], ...more };
  return [
    ...(engine === 'docker' ? ['build'] : ['build', '--format', 'docker', '--network', 'host']),
    ...(engine === 'buildah' ? ['--isolation', 'chroot', '--layers'] : []),
    ...Object.entries(settings).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    ...['--tag', tag, ROOT],
  ];
}

function revision(): Record<string, string> {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', ROOT, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
    return { REVISION: git('rev-parse', 'HEAD'), CREATED: git('log', '-1', '--format=%cI') };
  } catch {
    return {}; // No git, or no repository: the Dockerfile says "unknown".
  }
}

/** Why the image cannot be built without a registry of images; undefined where it can. */
export const lackOffline = (): string | undefined =>
  isThere('buildah') ? lackOfBase() : 'there is no buildah on this machine';

/** Makes the base, unless it is there, and the image `tag` on it. @throws Error */
export async function buildOffline(tag: string, variant: Wanted['variant'] = 'cpu'): Promise<void> {
  await inFolder(async (folder) => {
    const env = podmanEnvironment(folder);
    const known = await output('podman', ['images', '--quiet', BASE_TAG], env);
    if (known === '') await makeBase(BASE_TAG, folder, env);
    await run('buildah', buildCommand({ tag, engine: 'buildah', variant }, { NODE_IMAGE: BASE_TAG }), env);
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tag: { type: 'string', default: 'ortolan:local' },
      engine: { type: 'string' },
      cuda: { type: 'boolean', default: false },
      webgpu: { type: 'boolean', default: false },
      offline: { type: 'boolean', default: false },
    },
  });
  const { tag, offline } = values;
  const variant = values.cuda ? 'cuda' : values.webgpu ? 'webgpu' : 'cpu';
  const engine = values.engine ?? ['docker', 'podman', 'buildah'].find(isThere);
  const lack = offline
    ? lackOffline()
    : engine === undefined && 'there is no docker, no podman and no buildah';
  if (typeof lack === 'string') {
    console.error(`The image cannot be built here: ${lack}.`);
    process.exitCode = 3;
  } else if (offline) await buildOffline(`localhost/${tag}`, variant);
  else await run(engine!, buildCommand({ tag, engine: engine!, variant }, {}));
}

if (import.meta.main) {
  await main().catch((error: Error) => {
    console.error(`The image was not built: ${error.message}.`);
    process.exitCode = 1;
  });
}
