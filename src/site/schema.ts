/** The named schemas of the OpenAPI document, each as a list of its members. */
import type { Schema } from '../protocol/description.ts';
import { html, prose, type Html } from './html.ts';

/** `#/components/schemas/Batch` is Batch. */
export const lastName = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1);

export const schemaId = (name: string): string => `schema-${name}`;

export const schemaLink = (name: string): Html => html`<a href="#${schemaId(name)}">${name}</a>`;

export function schemaSection(name: string, schema: Schema): Html {
  const members = Object.entries(schema.properties ?? {});
  return html`<section class="schema" id="${schemaId(name)}" aria-labelledby="${schemaId(name)}-title">
    <h3 id="${schemaId(name)}-title">${name}</h3>
    ${schema.description === undefined ? undefined : html`<p>${prose(schema.description)}</p>`}
    <dl class="members">
      ${members.map(([member, inner]) => memberEntry(member, inner, schema.required ?? []))}
    </dl>
  </section> `;
}

function memberEntry(name: string, schema: Schema, required: readonly string[]): Html {
  return html`<div>
    <dt>
      <code>${name}</code>
      <span class="type">${typeOf(schema)}${required.includes(name) ? '' : ', optional'}</span>
    </dt>
    <dd>${descriptionOf(schema)}</dd>
  </div> `;
}

function descriptionOf(schema: Schema): readonly Html[] {
  const sentences = schema.description === undefined ? [] : [html`${prose(schema.description)} `];
  const inner = schema.additionalProperties;
  if (typeof inner === 'object' && inner.description !== undefined) {
    sentences.push(html`${prose(inner.description)} `);
  }
  // A long list of names (the error codes) stands somewhere else on the page.
  if (schema.enum !== undefined && schema.enum.length <= MOST_NAMES) {
    sentences.push(
      html`${schema.enum.map((name, i) => html`${i === 0 ? 'One of ' : ', '}<code>${name}</code>`)}.`,
    );
  }
  return sentences;
}

const MOST_NAMES = 12;

/** The type in words, with links to schemas that have a name. */
export function typeOf(schema: Schema): Html {
  const choices = schema.oneOf ?? schema.anyOf;
  if (schema.$ref !== undefined) return schemaLink(lastName(schema.$ref));
  if (choices !== undefined) {
    return html`${choices.map((choice, i) => html`${i === 0 ? '' : ' or '}${typeOf(choice)}`)}`;
  }
  if (schema.type === 'array') return listOf(schema.items ?? {});
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object') {
    return html`object of ${typeOf(schema.additionalProperties)}`;
  }
  if (schema.format === 'binary') return html`bytes`;
  return html`${schema.type ?? 'string'}`;
}

function listOf(items: Schema): Html {
  if (items.format === 'binary') return html`list of byte strings`;
  if (items.type !== undefined) return html`list of ${items.type}s`;
  return items.$ref === undefined && items.anyOf === undefined
    ? html`nested lists`
    : html`list of ${typeOf(items)}`;
}
