/**
 * What packages bring for other platforms, other C libraries and other versions of Node: two thirds of the megabytes that the server is
 * installed with. `make run` removes it from node_modules after it has installed what runs, and so does the build of the image:
 *
 *   node tools/install/foreign-binaries.ts node_modules     by the Node that will run the server
 *
 * Notes in node_modules/.foreign-binaries-removed of which packages something was removed, so that they can be installed again. Only
 * what is named here is removed: an addon with a new layout stays whole.
 */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface Platform {
  /** As `process.platform` and `process.arch` say it. */
  readonly platform: string;
  readonly arch: string;
  /** `process.versions.modules`: the version of Node's binary interface. */
  readonly modules: string;
}

/** Names of packages, one a line. */
export const NOTE = '.foreign-binaries-removed';

/** Paths below the folder `modules` (a node_modules), by package. */
export function foreignBinaries(
  modules: string,
  { platform, arch, modules: abi }: Platform,
): ReadonlyMap<string, readonly string[]> {
  const within = (folder: string, isForeign: (name: string) => boolean): string[] =>
    namesIn(join(modules, folder))
      .filter(isForeign)
      .map((name) => join(modules, folder, name));
  const runtimes = 'onnxruntime-node/bin/napi-v6';
  const koffi = namesIn(join(modules, '@koromix')).map((name) => `@koromix/${name}`);
  return new Map([
    [
      'onnxruntime-node',
      [
        ...within(runtimes, (name) => name !== platform),
        ...within(`${runtimes}/${platform}`, (name) => name !== arch),
      ],
    ],
    [
      'uWebSockets.js',
      within(
        'uWebSockets.js',
        (name) => name.endsWith('.node') && name !== `uws_${platform}_${arch}_${abi}.node`,
      ),
    ],
    [
      '@julusian/jpeg-turbo',
      within('@julusian/jpeg-turbo/prebuilds', (name) => name !== `jpeg-turbo-${platform}-${arch}`),
    ],
    // All of them ask for glibc, as two of the other addons do.
    ...koffi.map((name) => [name, within(name, (file) => file.startsWith('musl_'))] as const),
  ]);
}

/** Removes them, and notes of which packages; blocks. */
export function removeForeignBinaries(modules: string, platform: Platform): void {
  const foreign = [...foreignBinaries(modules, platform)].filter(([, paths]) => paths.length > 0);
  // First, so that a removal that is cut off is known.
  writeFileSync(join(modules, NOTE), foreign.map(([name]) => `${name}\n`).join(''));
  for (const path of foreign.flatMap(([, paths]) => paths)) rmSync(path, { recursive: true, force: true });
}

/** Names in a folder; none where it is not there. */
export const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

if (import.meta.main) {
  const [modules] = process.argv.slice(2);
  if (modules === undefined || basename(modules) !== 'node_modules') {
    throw new Error('Name the node_modules to remove them from.');
  }
  const { platform, arch, versions } = process;
  removeForeignBinaries(modules, { platform, arch, modules: versions.modules });
}
