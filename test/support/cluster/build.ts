/**
 * Runs kustomize, or kubectl kustomize, and parses its output. Writes only to the folder that it is given for an overlay.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './manifest.ts';

const ROOT = 'kustomize';

const COMMANDS = [
  ['kubectl', 'kustomize'],
  ['kustomize', 'build'],
] as const;

const command = COMMANDS.find(
  ([program]) => spawnSync(program, [program === 'kubectl' ? 'kustomize' : 'version', '--help']).status === 0,
);

/** The `skip` option of tests that build: a reason, or false where kustomize is installed. */
export const withoutKustomize: string | false =
  command === undefined && 'neither kubectl nor kustomize is on this machine: no manifest was built';

export const OVERLAYS = foldersIn('overlays');
export const COMPONENTS = foldersIn('components');

/** Components that patch, or use objects of, others, which must come first. */
const AFTER: Readonly<Record<string, readonly string[]>> = {
  'hpa-cpu-only': ['hpa'],
  'hpa-without-tolerance': ['hpa'],
  pipeline: ['model-volume', 'prediction-log', 'api-keys'],
};

/** Builds the objects of a folder. @throws Error with the errors or warnings of kustomize */
export function build(folder: string): Manifest[] {
  const [program, verb] = command!;
  const { status, stdout, stderr } = spawnSync(program, [verb, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${verb} ${folder}: ${stderr}`);
  if (stderr !== '') throw new Error(`${program} ${verb} ${folder} warns: ${stderr}`);
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
}

export const buildOverlay = (name: string): Manifest[] => build(join(ROOT, 'overlays', name));

/** Builds the base with `components` and those they need, by an overlay that is written into the empty `folder`. */
export function buildWith(components: readonly string[], folder: string): Manifest[] {
  const here = (path: string): string => relative(resolve(folder), resolve(ROOT, path));
  const all = components.flatMap((name) => [...(AFTER[name] ?? []), name]);
  mkdirSync(folder, { recursive: true });
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: 'ml-serving',
    resources: [here('base')],
    components: all.map((name) => here(`components/${name}`)),
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
  return build(folder);
}

/** Builds every overlay, and the base with each component. `folder`: empty, for the overlays that are written. */
export const buildAll = (folder: string): (readonly [title: string, objects: Manifest[]])[] => [
  ...OVERLAYS.map((name) => [`overlay ${name}`, buildOverlay(name)] as const),
  ...COMPONENTS.map((name) => [`component ${name}`, buildWith([name], join(folder, name))] as const),
];

function foldersIn(part: string): string[] {
  return readdirSync(join(ROOT, part), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}
