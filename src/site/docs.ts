/**
 * The page at /docs: the OpenAPI document for people. One string, made once; without scripts, and with nothing
 * from elsewhere, so that its policy can forbid everything but the one style sheet by its digest.
 */
import type { OpenApiDocument } from './openapi/document.ts';
import { html, paragraphs, prose, Html } from './html.ts';
import { languageChoice } from './language.ts';
import { badge, breakable, operationSection, type NamedOperation } from './operation.ts';
import { digestOf, policyOf } from './policy.ts';
import { schemaSection } from './schema.ts';
import { atOnce, type Sliced } from '../slices.ts';
import { STYLE } from './style.ts';

/** Without white space around the sheet: it would count for the digest. */
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`);

/** Content-Security-Policy of the page. */
export const DOCS_CSP = policyOf(`style-src ${digestOf(STYLE)}`);

export const docsPage = (document: OpenApiDocument): string => atOnce(docsSlices(document));

/** The same, an operation or a schema at a time. */
export function* docsSlices(document: OpenApiDocument): Sliced<string> {
  const { info, tags, components } = document;
  const operations = operationsOf(document);
  const [first, ...conventions] = paragraphs(info.description);
  const seen = new Set<string>();
  const groups = tags.map(({ name, description }) => ({
    name,
    description,
    members: operations.filter(({ operation }) => operation.tags.includes(name)),
  }));
  const sections = new Map<NamedOperation, Html>();
  for (const member of groups.flatMap(({ members }) => members)) {
    sections.set(member, operationSection(member, components, seen));
    yield;
  }
  const schemas: Html[] = [];
  for (const [name, schema] of Object.entries(components.schemas)) {
    schemas.push(schemaSection(name, schema));
    yield;
  }
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${info.title} ${info.version}: HTTP API</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header id="top">
          <h1>${info.title} <small>${info.version}</small></h1>
          <p class="summary">${info.summary}</p>
          ${first}
          <p>
            The requests can be run as they are, with a <code>photo.jpg</code> of yours and a server on your
            machine at its usual port; those in Python need the package <code>requests</code>. For tools, the
            same is in <a href="/openapi.json">openapi.json</a>.
          </p>
        </header>
        <nav aria-label="On this page">
          ${languageChoice} ${groups.map(navigationGroup)}
          <h2>Reference</h2>
          <ul>
            <li><a href="#conventions">Every request</a></li>
            <li><a href="#errors">Errors</a></li>
            <li><a href="#schemas">Schemas</a></li>
            <li><a href="/openapi.json">openapi.json</a></li>
          </ul>
        </nav>
        <main id="content">
          ${groups.map(
            ({ name, description, members }) =>
              html`<h2 id="tag-${name}">${name}</h2>
                <p>${prose(description)}</p>
                ${members.map((member) => sections.get(member))}`,
          )}
          <h2 id="conventions">Every request</h2>
          ${conventions} ${errorTable(document)}
          <h2 id="schemas">Schemas</h2>
          <p>The bodies, by name.</p>
          ${schemas}
        </main>
      </body>
    </html> `.text;
}

const operationsOf = ({ paths }: OpenApiDocument): readonly NamedOperation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

const navigationGroup = (group: {
  readonly name: string;
  readonly members: readonly NamedOperation[];
}): Html =>
  html`<h2><a href="#tag-${group.name}">${group.name}</a></h2>
    <ul>
      ${group.members.map(
        ({ path, method, operation }) =>
          html`<li>
            <a href="#${operation.operationId}">${badge(method)} <span>${breakable(path)}</span></a>
          </li> `,
      )}
    </ul> `;

function errorTable({ 'x-errors': errors }: OpenApiDocument): Html {
  const rows = errors.map(
    ({ code, status, retryable, means, todo }) =>
      html`<tr id="error-${code}">
        <th scope="row"><code>${code}</code></th>
        <td class="number">${status}</td>
        <td>${retryable ? 'yes' : 'no'}</td>
        <td>${prose(means)} <span class="todo">${prose(todo)}</span></td>
      </tr> `,
  );
  return html`<h2 id="errors">Errors</h2>
    <p>
      Every code that an answer can carry. Codes are the stable part; the sentence in <code>error</code> is
      for people.
    </p>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="errors">
      <table>
        <thead>
          <tr>
            <th scope="col">Code</th>
            <th scope="col">Status</th>
            <th scope="col">Retry</th>
            <th scope="col">What it means, and what to do</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div> `;
}
