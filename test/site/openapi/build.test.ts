import t from 'tap';
import Type from 'typebox';
import { ERRORS } from '../../../src/errors.ts';
import type { OperationObject } from '../../../src/site/openapi/document.ts';
import { openApiDocument } from '../../../src/site/openapi/build.ts';
import { json } from '../../../src/protocol/description.ts';
import { ROUTE_SETS, ROUTES } from '../../../src/root/routes.ts';
import { faultsOf, inlined, resolve } from '../../protocol/conformance.ts';

const document = openApiDocument('1.2.3', ROUTE_SETS);

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

/** The members that OpenAPI 3.1 allows in the parts that we write; any others, except x-…, are errors. */
const text = Type.String({ minLength: 1 });
const strict = { additionalProperties: false } as const;
const schema = Type.Object({});
const reference = Type.Object({ $ref: Type.String({ pattern: '^#/components/' }) }, strict);
const map = (values: object) => Type.Object({}, { additionalProperties: values });
const content = map(
  Type.Object({ schema: Type.Optional(schema), examples: Type.Optional(map(reference)) }, strict),
);
const response = Type.Object(
  {
    description: text,
    headers: map(reference),
    content,
    'x-error-codes': Type.Optional(Type.Array(text, { minItems: 1 })),
  },
  strict,
);
const parameter = Type.Object(
  {
    name: text,
    in: Type.Enum(['path', 'query', 'header']),
    required: Type.Boolean(),
    description: text,
    schema,
  },
  strict,
);
const operation = Type.Object(
  {
    operationId: Type.String({ pattern: '^[a-z]\\w*$' }),
    tags: Type.Array(text, { minItems: 1 }),
    summary: text,
    description: text,
    parameters: Type.Array(reference),
    requestBody: Type.Optional(Type.Object({ description: text, required: Type.Boolean(), content }, strict)),
    responses: Type.Object(
      {},
      { patternProperties: { '^[1-5][0-9][0-9]$': response }, minProperties: 1, ...strict },
    ),
    security: Type.Optional(
      Type.Array(
        Type.Object({}, { patternProperties: { '^(bearer|apiKey)$': Type.Array(text) }, ...strict }),
      ),
    ),
    'x-codeSamples': Type.Array(Type.Object({ lang: text, label: text, source: text }, strict)),
  },
  strict,
);
const essentials = Type.Object(
  {
    openapi: Type.Literal('3.1.0'),
    info: Type.Object(
      {
        title: text,
        version: text,
        summary: text,
        description: text,
        license: Type.Object({ name: text, identifier: text }, strict),
      },
      strict,
    ),
    servers: Type.Array(Type.Object({ url: text, description: text }, strict)),
    tags: Type.Array(Type.Object({ name: text, description: text }, strict)),
    paths: Type.Object(
      {},
      {
        patternProperties: {
          '^/': Type.Object(
            { get: Type.Optional(operation), post: Type.Optional(operation), put: Type.Optional(operation) },
            strict,
          ),
        },
        ...strict,
      },
    ),
    components: Type.Object(
      {
        parameters: map(parameter),
        headers: map(Type.Object({ description: text, schema }, strict)),
        examples: map(Type.Object({ summary: text, value: Type.Unknown() }, strict)),
        responses: map(response),
        schemas: map(schema),
        securitySchemes: map(Type.Object({ type: text, description: text })),
      },
      strict,
    ),
    'x-errors': Type.Array(Type.Object({})),
  },
  strict,
);

t.test('the document has the structure of OpenAPI 3.1', async (t) => {
  t.strictSame(faultsOf(essentials, JSON.parse(JSON.stringify(document))), []);
});

t.test('the document has every route, by its method, and no other', async (t) => {
  const described = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
  const routes = Object.values(ROUTES).map(
    ({ method, pattern }) => `${method} ${pattern.replaceAll(/:(\w+)/g, '{$1}')}`,
  );
  t.strictSame(described.sort(), routes.sort());
});

t.test('every reference has a target', async (t) => {
  const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g);
  const lost = [...references].map(([, target]) => target!).filter((target) => !resolve(document, target));
  t.strictSame(lost, []);
});

t.test('every component is referenced, except responses that belong to no route', async (t) => {
  const used = new Set(
    [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target),
  );
  // Schemes are referred to by name.
  const { responses: _, securitySchemes: __, ...components } = document.components;
  const unused = Object.entries(components)
    .flatMap(([kind, members]) => Object.keys(members).map((name) => `#/components/${kind}/${name}`))
    .filter((target) => !used.has(target))
    // These codes occur only in responses that belong to no route.
    .filter((target) => !/examples\/(ROUTE_NOT_FOUND|METHOD_NOT_ALLOWED)$/.test(target));
  t.strictSame(unused, []);
});

const parametersOf = ({ parameters }: OperationObject) =>
  parameters.map(({ $ref }) => resolve(document, $ref) as (typeof document.components.parameters)[string]);

t.test('the parameters in the path are those of the path', async (t) => {
  for (const { path, operation } of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = parametersOf(operation).filter((parameter) => parameter.in === 'path');
    t.strictSame(
      declared.map(({ name, required }) => [name, required]),
      inPath.map((name) => [name, true]),
      path,
    );
  }
});

t.test('operations have unique names, and their tags are described', async (t) => {
  t.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length);
  const tags = document.tags.map(({ name }) => name);
  for (const { operation } of operations) t.ok(operation.tags.every((tag) => tags.includes(tag)));
});

const failures = [
  ...operations.flatMap(({ operation }) => Object.entries(operation.responses)),
  ['404', document.components.responses['RouteNotFound']!],
  ['405', document.components.responses['MethodNotAllowed']!],
] as const;

t.test('every error code is listed for the routes that return it, under its status', async (t) => {
  const placed = new Set<string>();
  for (const [status, { 'x-error-codes': codes = [], description, content: bodies }] of failures) {
    for (const code of codes) {
      placed.add(code);
      t.equal(ERRORS[code].status, Number(status), code);
      t.match(description, code);
    }
    if (codes.length > 0) {
      const narrowed = inlined(document, bodies['application/json']!.schema) as { allOf: object[] };
      t.match(narrowed.allOf[1], { properties: { code: { enum: codes } } });
    }
  }
  t.strictSame([...placed].sort(), Object.keys(ERRORS).sort());
});

t.test('the error table has every code once', async (t) => {
  const table = document['x-errors'];
  t.strictSame(
    table.map(({ code }) => code),
    Object.keys(ERRORS),
  );
  for (const { code, ...row } of table) t.strictSame(row, ERRORS[code]);
});

t.test('a prediction takes images in every form that the codecs read', async (t) => {
  const { requestBody, parameters } = document.paths['/v1/predict']!['post']!;
  t.strictSame(Object.keys(requestBody!.content), [
    'image/jpeg',
    'image/png',
    'image/webp',
    'application/octet-stream',
    'multipart/form-data',
    'application/json',
  ]);
  const form = inlined(document, requestBody!.content['multipart/form-data']!.schema);
  t.match(form, { properties: { file: { type: 'string', format: 'binary' } } });
  t.strictSame(
    parametersOf({ parameters } as OperationObject).map(({ name }) => name),
    [
      'top_k',
      'explain',
      'datatype',
      'shape',
      'timeout',
      'x-request-timeout-ms',
      'cache-control',
      'if-none-match',
      'x-request-id',
    ],
  );
});

t.test('responses declare their headers: id and timing on all, retry-after, allow and accept', async (t) => {
  const headersOf = (path: string, method: string, status: string) =>
    Object.keys(document.paths[path]![method]!.responses[status]!.headers);
  const cached = ['x-request-id', 'Server-Timing', 'Cache-Status', 'ETag'];
  t.strictSame(headersOf('/v1/predict', 'post', '200'), [
    ...cached,
    'x-suspect-images',
    'x-defaulted-features',
  ]);
  t.strictSame(headersOf('/v1/predict', 'post', '304'), cached);
  t.strictSame(headersOf('/v1/predict', 'post', '503'), ['x-request-id', 'Server-Timing', 'Retry-After']);
  t.strictSame(headersOf('/v1/predict', 'post', '415'), ['x-request-id', 'Server-Timing', 'Accept-Encoding']);
  t.strictSame(headersOf('/health', 'get', '503'), ['x-request-id', 'Server-Timing']);
  t.strictSame(Object.keys(document.components.responses['MethodNotAllowed']!.headers), [
    'x-request-id',
    'Server-Timing',
    'Allow',
  ]);
});

t.test('every example fits the schema beside it', async (t) => {
  const bodies = operations.flatMap(({ operation }) => [
    ...Object.values(operation.requestBody?.content ?? {}),
    ...Object.values(operation.responses).flatMap(({ content: some }) => Object.values(some)),
  ]);
  for (const { schema: given, examples = {} } of bodies) {
    for (const { $ref } of Object.values(examples)) {
      const { value } = resolve(document, $ref) as { value: unknown };
      t.strictSame(faultsOf(inlined(document, given), value), [], $ref);
    }
  }
});

t.test('two routes that define the same component differently are an error', async (t) => {
  const [set] = ROUTE_SETS;
  const { listModels } = set!.routes;
  const named = (title: string) => ({
    200: { description: 'One.', contents: json(Type.Object({}, { title })) },
  });
  const together = (title: string) =>
    openApiDocument('1', [
      ...ROUTE_SETS,
      { tags: {}, routes: { other: { ...listModels!, pattern: '/other', answers: named(title) } } },
    ]);
  t.throws(() => together('ModelList'), { message: /different schemas .* called ModelList/ });
  t.doesNotThrow(() => together('OtherList'));
});

t.test('every sample command calls its own route', async (t) => {
  for (const { path, method, operation } of operations) {
    t.not(operation['x-codeSamples'].length, 0);
    const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[\\w.-]+')}$`);
    for (const { source } of operation['x-codeSamples'].filter(({ lang }) => lang === 'Shell')) {
      const [, url] = /(http:[^\s']+)/.exec(source)!;
      t.match(new URL(url!).pathname, pattern);
      const sent = / (-d|-F|--data-binary) /.test(source) ? 'post' : 'get';
      t.equal(/ -X (\w+) /.exec(source)?.[1]?.toLowerCase() ?? sent, method, source);
    }
  }
});

t.test('every sample request exists in three languages', async (t) => {
  for (const { operation } of operations) {
    const byLabel = Map.groupBy(operation['x-codeSamples'], ({ label }) => label);
    for (const samples of byLabel.values()) {
      t.strictSame(
        samples.map(({ lang }) => lang),
        ['Shell', 'Python', 'JavaScript'],
      );
    }
  }
});
