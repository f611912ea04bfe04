/** The schemas of the OpenAPI document that have a name: each stands there once, and is referred to elsewhere. */
import type { Schema } from './document.ts';

/** Collects the schemas that have a title, and puts references in their places. */
export class Components {
  readonly schemas: Record<string, Schema> = {};

  reference(schema: object): Schema {
    const { title } = schema as Schema;
    if (title === undefined) return this.#inside(schema) as Schema;
    this.schemas[title] ??= this.#inside(schema) as Schema;
    return { $ref: `#/components/schemas/${title}` };
  }

  #inside(value: object): object {
    if (Array.isArray(value)) return value.map((item: unknown) => this.#each(item));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#each(item)]));
  }

  #each(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    return typeof (value as Schema).title === 'string' ? this.reference(value) : this.#inside(value);
  }
}
