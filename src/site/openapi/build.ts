/**
 * The OpenAPI document: routes, their descriptions, the schemas and the table of errors, put together. Pure; made
 * once at start, and by `make generate` for docs/openapi.json. The page at /docs is made from it.
 */
import { ERRORS, type ErrorCode } from '../../errors.ts';
import { Components } from './components.ts';
import type { MediaType, OpenApiDocument, OperationObject, Reference, ResponseObject } from './document.ts';
import { ERROR_EXAMPLES, EXAMPLES } from './examples.ts';
import { OPERATIONS, TAGS, type Contents, type Operation } from './operations.ts';
import { HEADERS, PARAMETERS, type HeaderName } from './parameters.ts';
import { ROUTES, type Route, type RouteName } from '../../http/routes.ts';
import { ErrorAnswer } from './schemas.ts';

const INTRODUCTION = `Ortolan serves ONNX models over HTTP: send images or rows, get classes or tensors.

Every answer carries \`x-request-id\`: your own, if you sent one of 1 to 64 letters, digits, dots, dashes and underscores, else a new one. The log has it too. \`Server-Timing\` says how long the answer took, and for a prediction where the time went. Where the server traces, \`traceparent\` and \`tracestate\` are read, and the answer to a request that is sampled names its trace and span in \`traceresponse\`.

Every error has one shape, with a stable \`code\`. Where \`retryable\` is true, the same request may succeed if it is sent again, after \`Retry-After\` seconds where that header is given.

An unknown path is answered with 404, another method than the path has with 405 and \`Allow\`. Whatever takes GET takes HEAD. Answers may gain members in later versions: ignore those you do not know.`;

/** OpenAPI 3.1. `version`: that of the server. */
export function openApiDocument(version: string): OpenApiDocument {
  const components = new Components();
  const paths: Record<string, Record<string, OperationObject>> = {};
  for (const [name, route] of Object.entries(ROUTES) as [RouteName, Route][]) {
    const path = route.pattern.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route, path, components) };
  }
  const errors = Object.entries(ERRORS) as [ErrorCode, (typeof ERRORS)[ErrorCode]][];
  return {
    openapi: '3.1.0',
    info: {
      title: 'Ortolan',
      version,
      summary: 'A model server for ONNX models',
      description: INTRODUCTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This server' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      parameters: PARAMETERS,
      headers: HEADERS,
      examples: examples(),
      responses: {
        RouteNotFound: failure(['ROUTE_NOT_FOUND'], components),
        MethodNotAllowed: failure(['METHOD_NOT_ALLOWED'], components, ['Allow']),
      },
      schemas: components.schemas,
    },
    'x-errors': errors.map(([code, row]) => ({ code, ...row })),
  };
}

function operation(name: RouteName, route: Route, path: string, components: Components): OperationObject {
  const described = OPERATIONS[name];
  const { tag, description, body, samples } = described;
  const pathParameters = [...path.matchAll(/\{(\w)(\w*)\}/g)].map(
    ([, first, rest]) => first!.toUpperCase() + rest,
  );
  const parameters = [...pathParameters, ...(described.parameters ?? []), 'RequestId'];
  return {
    operationId: name,
    tags: [tag],
    summary: route.summary,
    description,
    parameters: parameters.map((parameter) => ({ $ref: `#/components/parameters/${parameter}` })),
    ...(body && {
      requestBody: {
        description: body.description,
        required: true,
        content: contents(body.contents, components),
      },
    }),
    responses: responses(described, pathParameters.length > 0, components),
    'x-codeSamples': samples.map((sample) => ({ lang: 'Shell', ...sample })),
  };
}

/** On every answer. */
const EVERYWHERE = ['x-request-id', 'Server-Timing'] as const;

function responses(described: Operation, hasParameters: boolean, components: Components) {
  const answers: Record<string, ResponseObject> = {};
  for (const [status, { description, contents: bodies }] of Object.entries(described.answers)) {
    answers[status] = {
      description,
      headers: headers(EVERYWHERE),
      content: contents(bodies, components),
    };
  }
  // A parameter that is no UTF-8 names no route.
  const codes = [...described.errors, ...(hasParameters ? (['ROUTE_NOT_FOUND'] as const) : [])];
  for (const [status, some] of Map.groupBy(codes, (code) => ERRORS[code].status)) {
    answers[status] = failure(some, components, status === 503 ? ['Retry-After'] : []);
  }
  return answers;
}

function failure(
  codes: readonly ErrorCode[],
  components: Components,
  more: readonly HeaderName[] = [],
): ResponseObject {
  const shown = codes.find((code) => code in ERROR_EXAMPLES);
  return {
    description: codes.map((code) => `\`${code}\`: ${ERRORS[code].means}`).join('\n\n'),
    headers: headers([...EVERYWHERE, ...more]),
    content: {
      'application/json': {
        schema: { allOf: [components.reference(ErrorAnswer), { properties: { code: { enum: codes } } }] },
        ...(shown && { examples: references([shown]) }),
      },
    },
    'x-error-codes': codes,
  };
}

function contents(bodies: Contents, components: Components): Record<string, MediaType> {
  const entries = Object.entries(bodies).map(([mediaType, { schema, examples: shown = [] }]) => [
    mediaType,
    {
      ...(schema && { schema: components.reference(schema) }),
      ...(shown.length > 0 && { examples: references(shown) }),
    },
  ]);
  return Object.fromEntries(entries) as Record<string, MediaType>;
}

function examples() {
  const failures = Object.entries(ERROR_EXAMPLES).map(([code, value]) => [code, { summary: code, value }]);
  return {
    ...EXAMPLES,
    ...(Object.fromEntries(failures) as Record<string, { summary: string; value: unknown }>),
  };
}

const references = (names: readonly string[]): Record<string, Reference> =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/examples/${name}` }]));

const headers = (names: readonly HeaderName[]): Record<string, Reference> =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
