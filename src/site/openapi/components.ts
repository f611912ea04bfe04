/** The parts of the OpenAPI document that have a name: each stands there once, and is referred to elsewhere. */
import type { Example, Parameter, Schema } from '../../protocol/description.ts';
import type { Reference } from './document.ts';

/** Collects what has a name, and gives references in its place. */
export class Components {
  readonly parameters: Record<string, Parameter> = {};
  readonly examples: Record<string, Example> = {};
  /** Those that have a title. */
  readonly schemas: Record<string, Schema> = {};
  /** The same as they were given. */
  readonly #titled: Record<string, object> = {};

  /** @throws when another parameter has that name */
  parameter(name: string, parameter: Parameter): Reference {
    return keep('parameters', this.parameters, name, parameter);
  }

  /** References by name. @throws when another example has one of the names */
  exampleReferences(examples: Readonly<Record<string, Example>>): Record<string, Reference> {
    const entries = Object.entries(examples);
    return Object.fromEntries(
      entries.map(([name, example]) => [name, keep('examples', this.examples, name, example)]),
    );
  }

  /** @throws when another schema has that title */
  schema(schema: object): Schema {
    const { title } = schema as Schema;
    if (title === undefined) return this.#inside(schema) as Schema;
    const { $ref } = keep('schemas', this.#titled, title, schema);
    this.schemas[title] ??= this.#inside(schema) as Schema;
    return { $ref };
  }

  #inside(value: object): object {
    if (Array.isArray(value)) return value.map((item: unknown) => this.#each(item));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#each(item)]));
  }

  #each(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    return typeof (value as Schema).title === 'string' ? this.schema(value) : this.#inside(value);
  }
}

function keep<Part>(kind: string, kept: Record<string, Part>, name: string, part: Part): Reference {
  kept[name] ??= part;
  if (kept[name] !== part)
    throw new Error(`Two different ${kind} of the OpenAPI document are called ${name}.`);
  return { $ref: `#/components/${kind}/${name}` };
}
