/**
 * Writes test/fixtures/kserve-schemas.json, by which tests check kustomize/kserve: the schemas of KServe's
 * CustomResourceDefinitions, which have two megabytes, cut down to what our manifests set. Of every other field only the
 * name is kept, and that it must be empty. Run it again when a manifest sets a further field, or for another version of KServe:
 *
 *   node tools/schemas/kserve.ts <folder of KServe's sources> '<their version>'
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const MANIFESTS = globSync('kustomize/kserve/**/*.yaml', {
  exclude: (path) => path.endsWith('kustomization.yaml'),
});
const CRDS = 'config/crd/full/serving.kserve.io_*.yaml';
const TARGET = 'test/fixtures/kserve-schemas.json';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | false;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly [keyword: string]: unknown;
}

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

/** Keywords that decide over a value, and have no schemas below them that are cut. */
const KEPT = ['type', 'anyOf', 'enum', 'pattern', 'minimum', 'maximum', 'minItems', 'maxItems', 'required'];

const children = (values: readonly unknown[], name: string): unknown[] =>
  values.map((value) => (value as Record<string, unknown>)[name]).filter((value) => value !== undefined);

/** `values`: all that the manifests have in this place. */
function cut(schema: Schema, values: readonly unknown[]): Schema {
  const kept = Object.fromEntries(KEPT.flatMap((word) => (word in schema ? [[word, schema[word]]] : [])));
  const { type, properties, additionalProperties, items } = schema;
  if (values.length === 0) {
    if (type === 'object') return { type, maxProperties: 0 };
    return type === 'array' ? { type, maxItems: 0 } : kept;
  }
  if (items !== undefined) return { ...kept, items: cut(items, values.flat()) };
  if (additionalProperties) {
    return {
      ...kept,
      additionalProperties: cut(
        additionalProperties,
        values.flatMap((value) => Object.values(value as object)),
      ),
    };
  }
  if (properties === undefined) return kept;
  const cutProperties = Object.entries(properties).map(([name, child]) => [
    name,
    cut(child, children(values, name)),
  ]);
  return { ...kept, properties: Object.fromEntries(cutProperties), additionalProperties: false };
}

const [sources = '.', version] = process.argv.slice(2);
const definitions = globSync(CRDS, { cwd: sources }).map(
  (file) => parse(readFileSync(join(sources, file), 'utf8')) as Definition,
);
const schemas = MANIFESTS.map(
  (file) => parse(readFileSync(file, 'utf8')) as { apiVersion: string; kind: string },
).map((manifest) => {
  const { apiVersion, kind } = manifest;
  const [group, name] = apiVersion.split('/');
  const { spec } = definitions.find((one) => one.spec.group === group && one.spec.names.kind === kind)!;
  const { openAPIV3Schema } = spec.versions.find((one) => one.name === name)!.schema;
  const { properties = {}, ...rest } = cut(openAPIV3Schema, [manifest]);
  const named = { apiVersion: { const: apiVersion }, kind: { const: kind }, metadata: { type: 'object' } };
  return [kind, { ...rest, properties: { ...properties, ...named } }];
});
const $comment = `From the CustomResourceDefinitions of KServe ${version} (github.com/kserve/kserve, config/crd/full, Apache-2.0), cut by tools/schemas/kserve.ts.`;
writeFileSync(TARGET, `${JSON.stringify({ $comment, schemas: Object.fromEntries(schemas) })}\n`);
