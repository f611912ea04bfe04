/**
 * onnxruntime for browsers: the three files of the package that a page without threads and without a GPU needs, of 24 that it
 * has. They are taken from an installed package, and only with the digests that stand here.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BundleError } from './bundle-error.ts';
import type { BundleFolder } from './folder.ts';

export const RUNTIME = { name: 'onnxruntime-web', version: '1.30.0' } as const;

/** sha256 by name, in dist/ of the package. */
const FILES: Readonly<Record<string, string>> = {
  'ort.wasm.min.mjs': '219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b',
  'ort-wasm-simd-threaded.mjs': 'e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b',
  'ort-wasm-simd-threaded.wasm': '3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2',
};

/**
 * Puts them below runtime/. `from`: the folder of the package; undefined: where Node.js finds it from here.
 * @throws BundleError when it is not there, or another version
 */
export async function addRuntime(folder: BundleFolder, from: string | undefined): Promise<void> {
  const dist = join(from ?? installed(), 'dist');
  for (const [name, sha256] of Object.entries(FILES)) {
    const content = await readFile(join(dist, name)).catch(() => undefined);
    if (content === undefined) throw missing(`${join(dist, name)} cannot be read`);
    if (createHash('sha256').update(content).digest('hex') !== sha256)
      throw missing(`${join(dist, name)} is not that of version ${RUNTIME.version}`);
    await folder.add(`runtime/${name}`, content);
  }
}

function installed(): string {
  try {
    // The package exports no package.json: its own entry lies in dist/.
    return dirname(dirname(createRequire(import.meta.url).resolve(RUNTIME.name)));
  } catch {
    throw missing(`The package ${RUNTIME.name} is not installed here`);
  }
}

const missing = (what: string): BundleError =>
  new BundleError(
    `${what}: run npm install --prefix FOLDER ${RUNTIME.name}@${RUNTIME.version}, then give ` +
      `--runtime FOLDER/node_modules/${RUNTIME.name}.`,
  );
