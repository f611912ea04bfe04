/**
 * Bundles: one version of a model in a folder of its own, with what it takes to run it where this server is not: the files of the
 * model, the names of its classes, the server's own preprocessing, and a page or a script.
 */
import { readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { ModelEntry, VersionEntry } from '../repository/repository.ts';
import { filesOf } from '../repository/version-files.ts';
import { isEncrypted } from '../repository/versions.ts';
import { BundleError } from './bundle-error.ts';
import { BundleFolder } from './folder.ts';
import { LABELS, manifestOf, type Manifest, type Target } from './manifest.ts';
import { addRuntime } from './runtime.ts';
import { addServerModules } from './server-modules.ts';

export interface BundleOrder {
  readonly entry: ModelEntry;
  readonly version: VersionEntry;
  readonly target: Exclude<Target, 'litert'>;
  /** Absolute. */
  readonly out: string;
  /** Folder of the package of onnxruntime for browsers; undefined: where it is installed. */
  readonly runtime?: string | undefined;
}

/** @throws BundleError; ModelError when a file of the version cannot be used; then nothing is there */
export async function writeBundle(order: BundleOrder): Promise<Manifest> {
  const { entry, version, target, runtime } = order;
  requireBundled(entry, version);
  const folder = await BundleFolder.at(order.out);
  try {
    const weights = await addModel(folder, version);
    if (entry.labels !== undefined) await folder.add(LABELS, `${JSON.stringify(entry.labels)}\n`);
    await addServerModules(folder, target);
    await folder.add('model.js', await template('model.js'));
    await (target === 'browser' ? addPage(folder, runtime) : addScript(folder, entry));
    const manifest = manifestOf(entry, version, target, { weights, files: [...folder.files] });
    // Not among the files that it lists: the worker begins with the digest of those, to be another one when they change.
    if (target === 'browser') {
      const worker = await template('browser/offline.js');
      await folder.add('offline.js', worker.replace('__ID__', folder.id));
    }
    await folder.add('bundle.json', `${JSON.stringify(manifest, null, 2)}\n`);
    await folder.finish();
    return manifest;
  } catch (error) {
    await folder.abandon();
    throw error;
  }
}

/** @throws BundleError for what would not be the same elsewhere */
export function requireBundled({ name, config }: ModelEntry, version: VersionEntry): void {
  if (isEncrypted(version))
    throw new BundleError(
      `${name} version ${version.version} is encrypted: a bundle would hand out its weights in plain. Bundle the model that it was made from.`,
    );
  if (config.preprocess?.sanitise !== undefined)
    throw new BundleError(
      `${name} sanitises its images, which a bundle does not: it would answer otherwise. Take preprocess.sanitise out of a copy of the model.`,
    );
}

/** Returns the files with weights. @throws BundleError when a digest is not the one that model.json or the signature says */
export async function addModel(folder: BundleFolder, version: VersionEntry): Promise<string[]> {
  const files = await filesOf(version);
  for (const { name, path } of files) {
    const { sha256 } = await folder.copy(`model/${name}`, path);
    for (const [says, digest] of [
      ['model.json declares', version.sha256Declared && (version.sha256Declared[name] ?? 'none')],
      ['its signature says', version.signed && (version.signed.digests.get(name) ?? 'none')],
    ]) {
      if (digest !== undefined && digest !== sha256)
        throw new BundleError(`${path} has another sha256 than ${says}: it is ${sha256}, and not ${digest}.`);
    }
  }
  return files.slice(1).map(({ name }) => name);
}

async function addPage(folder: BundleFolder, runtime: string | undefined): Promise<void> {
  for (const name of ['index.html', 'page.css', 'page.js', 'open.js']) {
    await folder.add(name, await template(`browser/${name}`));
  }
  await addRuntime(folder, runtime);
}

async function addScript(folder: BundleFolder, { name, config }: ModelEntry): Promise<void> {
  await folder.add('classify.js', await template('node/classify.js'));
  const ours = JSON.parse(await readFile(findPackageJSON(import.meta.url)!, 'utf8')) as Package;
  const wanted = ['onnxruntime-node', ...(config.preprocess === undefined ? [] : ['sharp'])];
  const content = {
    name: `${name.toLowerCase()}-bundle`,
    private: true,
    type: 'module',
    engines: { node: '>=22.12' },
    scripts: { start: 'node classify.js' },
    dependencies: Object.fromEntries(wanted.map((each) => [each, ours.dependencies[each]])),
  };
  await folder.add('package.json', `${JSON.stringify(content, null, 2)}\n`);
}

/** Its packages are pinned: a bundle decodes and runs with those of the server. */
interface Package {
  readonly dependencies: Readonly<Record<string, string>>;
}

export const template = (path: string): Promise<string> =>
  readFile(fileURLToPath(new URL(`./templates/${path}`, import.meta.url)), 'utf8');
