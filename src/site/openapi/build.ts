/**
 * The OpenAPI document: the sets of routes with their descriptions and the table of errors, put together. Pure. Made
 * once when it is asked for, and by `make generate` for docs/openapi.json. The page at /docs is made from it.
 */
import { ERRORS, type ErrorCode } from '../../errors.ts';
import { scopeOf } from '../../guard/rules.ts';
import type { Contents, Example } from '../../protocol/description.ts';
import type { DescribedRoute, RouteSet } from '../../protocol/route-set.ts';
import { ErrorAnswer } from '../../protocol/schemas.ts';
import { codeSamples } from '../samples/code.ts';
import { atOnce, type Sliced } from '../../slices.ts';
import { Components } from './components.ts';
import type { MediaType, OpenApiDocument, OperationObject, Reference, ResponseObject } from './document.ts';
import { errorExample } from './errors.ts';
import { ANY_REQUEST, HEADERS, type HeaderName } from './headers.ts';

const INTRODUCTION = `Ortolan serves ONNX models over HTTP: send images or rows, get classes or tensors.

Every answer carries \`x-request-id\`: your own, if you sent one of 1 to 64 letters, digits, dots, dashes and underscores, else a new one. The log has it too. \`Server-Timing\` says how long the answer took, and for a prediction where the time went. Where the server traces, \`traceparent\` and \`tracestate\` are read, and the answer to a request that is sampled names its trace and span in \`traceresponse\`.

Every error has one shape, with a stable \`code\`. Where \`retryable\` is true, the same request may succeed if it is sent again, after \`Retry-After\` seconds where that header is given.

An unknown path is answered with 404, another method than the path has with 405 and \`Allow\`. Whatever takes GET takes HEAD. Answers from 2 KiB on are compressed with gzip or deflate for clients that send \`Accept-Encoding\`; errors never are, and binary tensors only where the header names one coding alone. Answers may gain members in later versions: ignore those you do not know.`;

/** OpenAPI 3.1. `version`: that of the server. @throws when two things that differ have one name */
export const openApiDocument = (version: string, sets: readonly RouteSet<never>[]): OpenApiDocument =>
  atOnce(openApiSlices(version, sets));

/** The same, a route at a time. */
export function* openApiSlices(version: string, sets: readonly RouteSet<never>[]): Sliced<OpenApiDocument> {
  const components = new Components();
  const paths: Record<string, Record<string, OperationObject>> = {};
  for (const [name, route] of sets.flatMap(({ routes }) => Object.entries(routes))) {
    const path = route.pattern.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route, components) };
    yield;
  }
  const responses = {
    RouteNotFound: failure(['ROUTE_NOT_FOUND'], components),
    MethodNotAllowed: failure(['METHOD_NOT_ALLOWED'], components, ['Allow']),
  };
  const errors = Object.entries(ERRORS) as [ErrorCode, (typeof ERRORS)[ErrorCode]][];
  const { parameters, examples, schemas } = components;
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
    tags: sets
      .flatMap(({ tags }) => Object.entries(tags))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: {
      parameters,
      headers: HEADERS,
      examples,
      responses,
      schemas,
      securitySchemes: SECURITY_SCHEMES,
    },
    'x-errors': errors.map(([code, row]) => ({ code, ...row })),
  };
}

function operation(
  operationId: string,
  route: DescribedRoute<never>,
  components: Components,
): OperationObject {
  const { tag, summary, description, body } = route;
  const parameters = Object.entries({ ...route.parameters, ...ANY_REQUEST });
  return {
    operationId,
    tags: [tag],
    summary,
    description,
    parameters: parameters.map(([name, parameter]) => components.parameter(name, parameter)),
    ...(body && {
      requestBody: {
        description: body.description,
        required: true,
        content: contents(body.contents, components),
      },
    }),
    responses: responses(route, components),
    ...security(route),
    'x-codeSamples': codeSamples(route),
  };
}

/** On every answer. */
const EVERYWHERE = ['x-request-id', 'Server-Timing'] as const;

/** On the errors of a status. */
const MORE_HEADERS: Readonly<Record<number, readonly HeaderName[]>> = {
  401: ['WWW-Authenticate'],
  403: ['WWW-Authenticate'],
  415: ['Accept-Encoding'],
  429: ['Retry-After', 'RateLimit', 'RateLimit-Policy'],
  503: ['Retry-After'],
};

const SECURITY_SCHEMES = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description:
      'An API key, or a token (JWT) of the issuer that the server trusts. Where authentication is on.',
  },
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
    description: 'An API key. Where authentication is on.',
  },
} as const;

/** One of both, with the scope; or nothing, since authentication is off unless the operator turns it on. */
function security({ access }: DescribedRoute<never>): Pick<OperationObject, 'security'> {
  if (access === 'anyone') return {};
  const scope = scopeOf(access);
  const scopes = scope === undefined ? [] : [scope];
  return { security: [{ bearer: scopes }, { apiKey: scopes }, {}] };
}

function responses(route: DescribedRoute<never>, components: Components) {
  const { pattern, answers: good, errors, access } = route;
  const answers: Record<string, ResponseObject> = {};
  for (const [status, { description, headers: more = [], contents: bodies }] of Object.entries(good)) {
    answers[status] = {
      description,
      headers: headers([...EVERYWHERE, ...more]),
      content: contents(bodies, components),
    };
  }
  // A parameter that is no UTF-8 names no route.
  const unnamed = pattern.includes(':') ? (['ROUTE_NOT_FOUND'] as const) : [];
  const limited =
    access === 'anyone'
      ? []
      : (['UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED', 'KEYS_UNAVAILABLE'] as const);
  const counted = access === 'predict' ? (['QUOTA_EXCEEDED'] as const) : [];
  const codes = [...new Set([...errors, ...unnamed, ...limited, ...counted])];
  for (const [status, some] of Map.groupBy(codes, (code) => ERRORS[code].status)) {
    answers[status] = failure(some, components, MORE_HEADERS[status]);
  }
  return answers;
}

function failure(
  codes: readonly ErrorCode[],
  components: Components,
  more: readonly HeaderName[] = [],
): ResponseObject {
  return {
    description: codes.map((code) => `\`${code}\`: ${ERRORS[code].means}`).join('\n\n'),
    headers: headers([...EVERYWHERE, ...more]),
    content: {
      'application/json': {
        schema: { allOf: [components.schema(ErrorAnswer), { properties: { code: { enum: codes } } }] },
        ...exampleMember(errorExample(codes), components),
      },
    },
    'x-error-codes': codes,
  };
}

function contents(bodies: Contents, components: Components): Record<string, MediaType> {
  const entries = Object.entries(bodies).map(([mediaType, { schema, examples = {} }]) => [
    mediaType,
    {
      ...(schema && { schema: components.schema(schema) }),
      ...exampleMember(examples, components),
    },
  ]);
  return Object.fromEntries(entries) as Record<string, MediaType>;
}

/** Left out when there is no example. */
const exampleMember = (
  examples: Readonly<Record<string, Example>>,
  components: Components,
): Pick<MediaType, 'examples'> =>
  Object.keys(examples).length === 0 ? {} : { examples: components.exampleReferences(examples) };

const headers = (names: readonly HeaderName[]): Record<string, Reference> =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
