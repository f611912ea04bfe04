/**
 * Removes from node_modules what an image for one platform never loads: binaries of other platforms and of other
 * Node versions, sources of addons, source maps, type declarations, manuals and tests of packages. Licences stay.
 * Run while the image is built: `node deploy/image/prune.ts node_modules`, by the Node that will run the server.
 *
 * Only what is named here is removed: an addon with a new layout stays whole, and the image grows.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface Platform {
  /** As `process.platform` and `process.arch` say it. */
  readonly platform: string;
  readonly arch: string;
  /** `process.versions.modules`: the version of Node's binary interface. */
  readonly modules: string;
}

/** Documents and declarations; licences stay. */
const TO_READ = /\.(md|markdown|map|d\.[cm]?ts|tsbuildinfo)$/i;
const LICENCE = /^(licen[cs]e|notice|copying|copyright)/i;
/** Sources of addons. */
const SOURCE = /\.(c|cc|cpp|h|hh|hpp|inc|s|asm|gyp|gypi|cmake)$/i;
/** Folders at the root of a package that nothing imports from. */
const ASIDE = [
  'test',
  'tests',
  '__tests__',
  'example',
  'examples',
  'benchmark',
  'benchmarks',
  'docs',
  '.github',
];

/** Removes it all below the folder `modules` (a node_modules); blocks. */
export function prune(modules: string, platform: Platform): void {
  for (const unneeded of ofOtherPlatforms(modules, platform)) remove(unneeded);
  for (const one of packagesIn(modules)) {
    for (const folder of ASIDE) remove(join(one, folder));
  }
  pruneFiles(modules);
}

/** Paths of what other platforms, other C libraries and other Node versions would load. */
function ofOtherPlatforms(modules: string, { platform, arch, modules: abi }: Platform): string[] {
  const runtimes = join(modules, 'onnxruntime-node/bin/napi-v6');
  const uws = join(modules, 'uWebSockets.js');
  const turbo = join(modules, '@julusian/jpeg-turbo');
  const sharp = join(modules, '@img');
  return [
    ...namesIn(runtimes)
      .filter((name) => name !== platform)
      .map((name) => join(runtimes, name)),
    ...namesIn(join(runtimes, platform))
      .filter((name) => name !== arch)
      .map((name) => join(runtimes, platform, name)),
    ...namesIn(uws)
      .filter((name) => name.endsWith('.node') && name !== `uws_${platform}_${arch}_${abi}.node`)
      .map((name) => join(uws, name)),
    ...namesIn(join(turbo, 'prebuilds'))
      .filter((name) => name !== `jpeg-turbo-${platform}-${arch}`)
      .map((name) => join(turbo, 'prebuilds', name)),
    join(turbo, 'src'),
    ...namesIn(sharp)
      .filter((name) => name.startsWith('sharp-') && !name.endsWith(`-${platform}-${arch}`))
      .map((name) => join(sharp, name)),
    join(modules, 'koffi/doc'),
    join(modules, 'koffi/lib'),
    join(modules, 'koffi/vendor'),
    // The image has glibc, as two of the other addons ask for.
    ...namesIn(join(modules, '@koromix')).map((name) => join(modules, '@koromix', name, `musl_${arch}`)),
  ];
}

/** Folders of packages, those of scopes and nested ones too. */
function packagesIn(modules: string): string[] {
  const here = namesIn(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@')
        ? namesIn(join(modules, name)).map((inner) => join(modules, name, inner))
        : [join(modules, name)],
    );
  return here.flatMap((folder) => [folder, ...packagesIn(join(folder, 'node_modules'))]);
}

function pruneFiles(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const { name } = entry;
    if (!entry.isFile() || LICENCE.test(name)) continue;
    if (TO_READ.test(name) || SOURCE.test(name)) remove(join(entry.parentPath, name));
  }
  remove(join(folder, '.bin'));
  remove(join(folder, '.package-lock.json'));
}

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

if (import.meta.main) {
  const [modules] = process.argv.slice(2);
  if (modules === undefined || basename(modules) !== 'node_modules') {
    throw new Error('Name the node_modules to prune.');
  }
  const { platform, arch, versions } = process;
  prune(modules, { platform, arch, modules: versions.modules });
}
