/**
 * Removes from node_modules what an image for one platform never loads: binaries of other platforms and of other
 * Node versions, sources of addons, source maps, type declarations, manuals and tests of packages. Licences stay.
 * Run while the image is built: `node deploy/image/prune.ts node_modules`, by the Node that will run the server.
 *
 * Only what is named here is removed: an addon with a new layout stays whole, and the image grows.
 */
import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { foreignBinaries, namesIn, type Platform } from '../../tools/install/foreign-binaries.ts';

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
  const foreign = [...foreignBinaries(modules, platform).values()].flat();
  for (const unneeded of [...foreign, ...besides(modules, platform)]) remove(unneeded);
  for (const one of packagesIn(modules)) {
    for (const folder of ASIDE) remove(join(one, folder));
  }
  pruneFiles(modules);
}

/** What is left of other platforms beside the binaries inside packages, and sources of addons. Node.js comes with the base. */
function besides(modules: string, { platform, arch }: Platform): string[] {
  const sharp = join(modules, '@img');
  return [
    join(modules, '@julusian/jpeg-turbo/src'),
    ...namesIn(sharp)
      .filter((name) => name.startsWith('sharp-') && !name.endsWith(`-${platform}-${arch}`))
      .map((name) => join(sharp, name)),
    join(modules, 'koffi/doc'),
    join(modules, 'koffi/lib'),
    join(modules, 'koffi/vendor'),
    ...namesIn(modules)
      .filter((name) => name.startsWith('node-linux-'))
      .map((name) => join(modules, name)),
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
