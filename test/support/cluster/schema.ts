/**
 * Checks what an API server would refuse, with the packages of kubernetes-models, which are generated from OpenAPI
 * documents and CustomResourceDefinitions: their validators find missing fields and invalid values, and the compiler finds
 * unknown fields, which the validators accept. KServe's definitions, which no package has, are kept as far as our objects go
 * (tools/schemas/kserve.ts). CEL rules are not evaluated.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Errors } from 'typebox/schema';
import { titleOf, type Manifest } from './manifest.ts';

/** By API group; others are in the package of Kubernetes's own kinds. */
const PACKAGES: Readonly<Record<string, string>> = {
  'keda.sh': '@kubernetes-models/keda',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};
/** Kinds that no package has. */
const OWN: Readonly<Record<string, string>> = {
  InterceptorRoute: resolve(import.meta.dirname, 'interceptor-route.ts'),
  Certificate: resolve(import.meta.dirname, 'certificate.ts'),
};

const moduleOf = ({ apiVersion, kind }: Manifest): string =>
  OWN[kind] ?? `${PACKAGES[apiVersion.split('/')[0]!] ?? 'kubernetes-models'}/${apiVersion}`;

const KSERVE = 'serving.kserve.io/';
const KSERVE_SCHEMAS = resolve(import.meta.dirname, '../../fixtures/kserve-schemas.json');

type Model = new (data: unknown) => { validate(): void };

/**
 * Returns a sentence for each fault. The compiler runs in `folder`, which must be empty and inside the repository, so that
 * it finds the packages.
 */
export async function schemaFaults(objects: readonly Manifest[], folder: string): Promise<string[]> {
  const ofPackages = objects.filter(({ apiVersion }) => !apiVersion.startsWith(KSERVE));
  const faults = await Promise.all(ofPackages.map(invalid));
  const ofKserve = objects.filter(({ apiVersion }) => apiVersion.startsWith(KSERVE));
  return [
    ...faults.flat(),
    ...(ofPackages.length === 0 ? [] : unknownFields(ofPackages, folder)),
    ...ofKserve.flatMap(kserveFaults),
  ];
}

async function invalid(object: Manifest): Promise<string[]> {
  if (object.kind in OWN) return [];
  try {
    const { [object.kind]: Kind } = (await import(moduleOf(object))) as Record<string, Model>;
    new Kind!(object).validate();
    return [];
  } catch (error) {
    return [`${titleOf(object)}: ${(error as Error).message}`];
  }
}

/** A field that the kept schema was cut off at is a fault, too. */
function kserveFaults(object: Manifest): string[] {
  const { schemas } = JSON.parse(readFileSync(KSERVE_SCHEMAS, 'utf8')) as {
    readonly schemas: Readonly<Record<string, object>>;
  };
  const [, faults] = Errors(schemas[object.kind]!, object);
  // Each unknown field is reported twice: by itself as "schema is false", and by the object that refuses it.
  return faults
    .filter(({ keyword }) => keyword !== 'boolean')
    .map(
      ({ instancePath, message, params }) =>
        `${titleOf(object)}: ${instancePath} ${message} ${JSON.stringify(params)}`,
    );
}

function unknownFields(objects: readonly Manifest[], folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  for (const [index, object] of objects.entries()) {
    writeFileSync(
      join(folder, `${index}.ts`),
      `import type { I${object.kind} } from '${moduleOf(object)}';\n` +
        `export const object: I${object.kind} = ${JSON.stringify(object)};\n`,
    );
  }
  const compilerOptions = {
    target: 'es2024',
    module: 'nodenext',
    types: [],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    allowImportingTsExtensions: true,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  // tap hooks modules in every process below it by NODE_OPTIONS, and the compiler cannot be loaded that way.
  const words = ['-u', 'NODE_OPTIONS', 'node_modules/.bin/tsc', '--pretty', 'false', '-p', folder];
  const { status, stdout, stderr } = spawnSync('env', words, { encoding: 'utf8' });
  if (status === 0) return [];
  if (stdout === '') throw new Error(`tsc ended with ${status} and no output: ${stderr}`);
  // Indented lines continue the one before.
  return stdout.split('\n').flatMap((line) => {
    const found = /(\d+)\.ts\(\d+,\d+\): error (.*)/.exec(line);
    if (found !== null) return [`${titleOf(objects[Number(found[1])]!)}: ${found[2]}`];
    return line === '' || line.startsWith(' ') ? [] : [line];
  });
}
