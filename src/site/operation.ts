/** One route on the page at /docs: what it does, sample requests, parameters, bodies, answers and errors. */
import type { Parameter } from '../protocol/description.ts';
import type {
  MediaType,
  OpenApiDocument,
  OperationObject,
  Reference,
  ResponseObject,
} from './openapi/document.ts';
import { html, paragraphs, prose, type Html } from './html.ts';
import { jsonBlock } from './json.ts';
import { sampleFigure } from './language.ts';
import { lastName, typeOf } from './schema.ts';

export interface NamedOperation {
  readonly path: string;
  /** In capitals. */
  readonly method: string;
  readonly operation: OperationObject;
}

/** Headers that the introduction describes; they are not repeated with every route. */
const EVERYWHERE: ReadonlySet<string> = new Set(['x-request-id']);

export const errorLink = (code: string): Html => html`<a href="#error-${code}"><code>${code}</code></a>`;

export const badge = (method: string): Html =>
  html`<span class="method ${method.toLowerCase()}">${method}</span>`;

/** A long path may be broken before its slashes. */
export const breakable = (path: string): readonly Html[] =>
  path.split('/').map((piece, i) => (i === 0 ? html`${piece}` : html`<wbr />/${piece}`));

/** `seen`: names of the examples that stand on the page already; an example is unfolded where it is seen first. */
export function operationSection(
  { path, method, operation }: NamedOperation,
  components: OpenApiDocument['components'],
  seen: Set<string>,
): Html {
  const { operationId: id, requestBody: body } = operation;
  const samples = [...Map.groupBy(operation['x-codeSamples'], ({ label }) => label).values()];
  const parameters = operation.parameters
    .map(({ $ref }) => components.parameters[lastName($ref)]!)
    .filter(({ name }) => !EVERYWHERE.has(name));
  const answers = Object.entries(operation.responses);
  const good = answers.filter(([, answer]) => answer['x-error-codes'] === undefined);
  const bad = answers.filter(([, answer]) => answer['x-error-codes'] !== undefined);
  const mediaTypes = (content: Readonly<Record<string, MediaType>>): readonly Html[] =>
    contentList(content, components, seen);

  return html`<section class="operation" id="${id}" aria-labelledby="${id}-title">
    <h3 id="${id}-title">
      ${badge(method)} <code class="path">${breakable(path)}</code>
      <a class="anchor" href="#${id}" aria-label="Link to ${method} ${path}">#</a>
    </h3>
    <p class="summary">${operation.summary}</p>
    ${paragraphs(operation.description)} ${samples.map(sampleFigure)}
    ${
      parameters.length === 0
        ? undefined
        : html`<h4>Parameters</h4>
            <dl class="members">${parameters.map(parameterEntry)}</dl>`
    }
    ${
      body === undefined
        ? undefined
        : html`<h4>Body</h4>
            <p>${prose(body.description)}</p>
            ${mediaTypes(body.content)}`
    }
    <h4>Answers</h4>
    ${good.map(([status, answer]) => answerEntry(status, answer, mediaTypes))}
    <h4>Errors</h4>
    <dl class="errors">
      ${bad.map(
        ([status, answer]) =>
          html`<div>
            <dt>${statusBadge(status)}</dt>
            <dd>${answer['x-error-codes']!.map((code) => html`${errorLink(code)} `)}</dd>
          </div> `,
      )}
    </dl>
  </section> `;
}

const parameterEntry = ({ name, in: where, required, description, schema }: Parameter): Html =>
  html`<div>
    <dt>
      <code>${name}</code>
      <span class="type">${schema.type}, ${where}${required ? undefined : ', optional'}</span>
    </dt>
    <dd>${prose(description)}</dd>
  </div> `;

function answerEntry(
  status: string,
  answer: ResponseObject,
  mediaTypes: (content: ResponseObject['content']) => readonly Html[],
): Html {
  const headers = Object.keys(answer.headers).filter((name) => !EVERYWHERE.has(name));
  return html`<div class="answer">
    <p>
      ${statusBadge(status)} ${prose(answer.description)}
      ${headers.map((name) => html`<span class="note">With the header <code>${name}</code>.</span>`)}
    </p>
    ${mediaTypes(answer.content)}
  </div> `;
}

const statusBadge = (status: string): Html => html`<span class="status s${status[0]}">${status}</span>`;

/** One line for all media types with the same schema, and the examples. */
function contentList(
  content: Readonly<Record<string, MediaType>>,
  { examples }: OpenApiDocument['components'],
  seen: Set<string>,
): readonly Html[] {
  const groups = Map.groupBy(Object.entries(content), ([, { schema }]) => JSON.stringify(schema));
  const lines = [...groups.values()].map((group) => {
    const names = group.map(([name], i) => html`${i === 0 ? undefined : ', '}<code>${name}</code>`);
    const schema = group[0]![1].schema;
    return html`<li>
      ${names}${schema === undefined ? undefined : html` <span class="type">${typeOf(schema)}</span>`}
    </li> `;
  });
  const shown = Object.values(content).flatMap((mediaType) => Object.values(mediaType.examples ?? {}));
  return [
    html`<ul class="content">
      ${lines}
    </ul> `,
    ...shown.map((reference) => example(reference, examples, seen)),
  ];
}

function example(
  { $ref }: Reference,
  examples: OpenApiDocument['components']['examples'],
  seen: Set<string>,
): Html {
  const name = lastName($ref);
  const { summary, value } = examples[name]!;
  const open = seen.has(name) ? undefined : html` open`;
  seen.add(name);
  return html`<details${open}><summary>${summary}</summary>${jsonBlock(value)}</details>
`;
}
