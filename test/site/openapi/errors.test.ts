import t from 'tap';
import { Admission } from '../../../src/admission/admission.ts';
import { ByteBudget } from '../../../src/admission/budget.ts';
import { systemClock } from '../../../src/clock.ts';
import type { Payload } from '../../../src/thread/payload.ts';
import { failed } from '../../../src/outbound/refusal.ts';
import { ServingError, toServingError, type ErrorCode } from '../../../src/errors.ts';
import { decodeJsonImages } from '../../../src/protocol/v1/codec/images/json.ts';
import { decodeQuery } from '../../../src/protocol/v1/codec/query.ts';
import { PIXEL } from '../../../src/protocol/v1/predict-examples.ts';
import { ERROR_EXAMPLES } from '../../../src/site/openapi/errors.ts';
import { describeModel } from '../../../src/protocol/v1/models.ts';
import { readHead } from '../../../src/http/head.ts';
import type { HttpRequest } from '../../../src/http/addon/uws.ts';
import { credentialsMissing } from '../../../src/guard/challenge.ts';
import { Exchange } from '../../../src/http/exchange.ts';
import { fixedHeaders } from '../../../src/http/headers/security.ts';
import { readImageHeader } from '../../../src/image/header.ts';
import { Catalogue } from '../../../src/serving/catalogue.ts';
import type { ModelVersion } from '../../../src/serving/model-version.ts';
import { recordTelemetry } from '../../support/telemetry.ts';

const limits = { maxImages: 16, classes: 1000 };

/** The error that `act` throws or returns. */
function failureOf(act: () => unknown): ServingError {
  try {
    const outcome = act();
    return outcome instanceof ServingError ? outcome : toServingError(outcome as never);
  } catch (error) {
    return error as ServingError;
  }
}

const headWith = (name: string, value: string): ServingError | undefined =>
  readHead(
    {
      getCaseSensitiveMethod: () => 'GET',
      getHeader: (asked: string) => (asked === name ? value : ''),
      getQuery: () => '',
      forEach: (each: (name: string, value: string) => void) => each(name, value),
    } as unknown as HttpRequest,
    0,
  ).problem;

const admission = new Admission(new ByteBudget(1, systemClock), () => false, {
  refused: () => undefined,
  accepted: () => undefined,
});
const pixel = { kind: 'image', rows: 1, bytes: Buffer.from(PIXEL, 'base64'), topK: 1 } as unknown as Payload;
const model = {
  name: 'efficientnet-lite0',
  state: 'ready',
  hasRoomFor: () => false,
  forecast: () => ({ startsInMs: 100, finishesInMs: 110, error: 1 }),
} as unknown as ModelVersion;
const asked = { head: { parameters: ['resnet18'] } } as unknown as Exchange;
const known = { catalogue: new Catalogue(), defaultModel: 'm' };
const seventeen = Buffer.from(JSON.stringify({ images: Array.from({ length: 17 }, () => PIXEL) }));

/** The error body of an exchange to which `happen` happens; `expire` stands for its deadline. */
function bodyAfter(happen: (exchange: Exchange, expire: () => void) => void): unknown {
  let body = '';
  let expire = (): void => {};
  const response = {
    onAborted: () => {},
    cork: (write: () => void) => write(),
    writeStatus: () => {},
    writeHeader: () => {},
    tryEnd: (text: string) => {
      body = text;
      return [true, true];
    },
  };
  const clock = {
    now: () => 0,
    after: (_ms: number, act: () => void) => {
      expire = act;
      return () => {};
    },
  };
  const settings = {
    clock,
    events: recordTelemetry().events.requests,
    closesConnections: () => false,
    maxTimeoutMs: 30_000,
    fixedHeaders: fixedHeaders({ security: 'on', hstsSeconds: 0, server: undefined }),
  };
  const head = { requestId: 'r-1', contentLength: 0, origin: '', method: 'POST' };
  const exchange = new Exchange(
    response as never,
    head as never,
    { pattern: '/v1/predict', quiet: false, access: 'predict' },
    settings as never,
  );
  happen(exchange, () => expire());
  return JSON.parse(body);
}

const causes: Partial<Record<ErrorCode, () => unknown>> = {
  BAD_QUERY: () => decodeQuery('top_k=0', { classes: 1000, tensors: false }),
  BAD_HEADER: () => headWith('x-request-timeout-ms', 'soon'),
  UNAUTHENTICATED: () => {
    throw credentialsMissing();
  },
  MODEL_NOT_FOUND: () => describeModel(asked, known),
  TOO_MANY_IMAGES: () => decodeJsonImages(seventeen, limits),
  UNSUPPORTED_IMAGE: () => readImageHeader(Buffer.from('GIF89a\x01\0\x01\0', 'latin1')),
  URL_FAILED: () => failed('The connection was reset.'),
  QUEUE_FULL: () => admission.admitWork(model, [pixel], undefined),
};

for (const [code, cause] of Object.entries(causes)) {
  t.test(`the example of ${code} is what the server writes`, async (t) => {
    const { message, pointer } = failureOf(cause);
    const example = ERROR_EXAMPLES[code as ErrorCode];
    t.match(example, { error: message, code, ...(pointer !== undefined && { pointer }) });
  });
}

t.test('the example of INTERNAL is what the server writes', async (t) => {
  const body = bodyAfter((exchange) => exchange.fail(new Error('secret')));
  t.match(body, { ...ERROR_EXAMPLES.INTERNAL, request_id: 'r-1' });
});

t.test('the example of DEADLINE_EXCEEDED is what the server writes', async (t) => {
  const body = bodyAfter((exchange, expire) => {
    exchange.startDeadline();
    expire();
  });
  t.match(body, { ...ERROR_EXAMPLES.DEADLINE_EXCEEDED, request_id: 'r-1' });
});
