/** What callers say of predictions, and how often the models were right. */
import { ServingError } from '../../../errors.ts';
import { readSmallBody, type BodyMemory } from '../../../http/body/small.ts';
import type { Exchange } from '../../../http/exchange.ts';
import type { Feedback, TakenFeedback } from '../../../quality/feedback/feedback.ts';
import { ALWAYS, json } from '../../description.ts';
import type { DescribedRoute } from '../../route-set.ts';
import { OF_MODEL } from '../../path-parameters.ts';
import { readFeedback } from './body.ts';
import { ACCURACY, AccuracyAnswer, BODIES, FeedbackAnswer, FeedbackBody, TAKEN } from './schemas.ts';

export interface FeedbackRouteParts {
  /** Undefined where no predictions are logged. */
  readonly watched:
    | {
        readonly feedback: Pick<Feedback, 'take'>;
        /** As JSON. @throws ServingError MODEL_NOT_FOUND */
        readonly accuracy: (model: string) => object;
      }
    | undefined;
  readonly memory: BodyMemory;
}

type FeedbackRoute = DescribedRoute<{ readonly feedback: FeedbackRouteParts }>;

/** A label of any length that is taken, escaped. */
const MAX_BYTES = 8 * 1024;

const WHERE_OFF = 'Answered with 404 `FEEDBACK_OFF` unless the server was started with `predictionLogDir`.';

export const feedbackRoute: FeedbackRoute = {
  method: 'POST',
  pattern: '/v1/feedback',
  quiet: false,
  access: 'feedback',
  summary: 'Say what was right of a prediction',
  tag: 'Feedback',
  description: `By its request id, for as long as it is in the log. It is on the disk when it is answered, and the same may be sent again: it counts once. What contradicts what was said before is refused. Where callers are known, it takes the key that has asked for the prediction, or one with the scope \`admin\`. ${WHERE_OFF}`,
  body: { description: 'One thing to say.', contents: json(FeedbackBody, BODIES) },
  answers: { 202: { description: 'It counts.', contents: json(FeedbackAnswer, { feedback: TAKEN }) } },
  errors: [
    ...ALWAYS,
    ...(['BAD_JSON', 'BAD_FIELD', 'EMPTY_BODY', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const),
    ...(['FORBIDDEN', 'PREDICTION_NOT_FOUND', 'FEEDBACK_OFF', 'FEEDBACK_CONFLICT'] as const),
    ...(['FEEDBACK_UNAVAILABLE', 'OVERLOADED', 'DEADLINE_EXCEEDED'] as const),
  ],
  samples: [{ label: 'A label', path: '/v1/feedback', body: { json: BODIES.feedbackLabel.value } }],
  handle: async (exchange, { feedback: { watched, memory } }) => {
    const { feedback } = orOff(watched);
    const given = readFeedback(await readSmallBody(exchange, MAX_BYTES, memory));
    const { identity } = exchange;
    const taken = await feedback.take(given, { identity, mayUse: (model) => exchange.mayUse(model) });
    exchange.answer({ status: 202, contentType: 'application/json', body: JSON.stringify(answerOf(taken)) });
  },
};

export const accuracyRoute: FeedbackRoute = {
  method: 'GET',
  pattern: '/v1/models/:model/accuracy',
  // The page at /quality asks again and again.
  quiet: true,
  access: 'read',
  summary: 'Show how often the versions of a model were right',
  tag: 'Feedback',
  description: `By what was said of their predictions: with the interval that the true share is in, how far probabilities can be trusted, and which classes are taken for which. ${WHERE_OFF}`,
  parameters: OF_MODEL,
  answers: { 200: { description: 'The accuracy.', contents: json(AccuracyAnswer, { accuracy: ACCURACY }) } },
  errors: [...ALWAYS, 'MODEL_NOT_FOUND', 'FEEDBACK_OFF'],
  samples: [{ label: 'Now', path: '/v1/models/efficientnet-lite0/accuracy' }],
  handle: (exchange, { feedback: { watched } }) =>
    exchange.answer({
      contentType: 'application/json',
      headers: [['cache-control', 'no-store']],
      body: JSON.stringify(orOff(watched).accuracy(nameOf(exchange))),
    }),
};

const nameOf = (exchange: Exchange): string => exchange.head.parameters[0]!;

function orOff<Watched>(watched: Watched | undefined): Watched {
  if (watched !== undefined) return watched;
  const message = 'This server logs no predictions: predictionLogDir is not set.';
  throw new ServingError('FEEDBACK_OFF', message);
}

const answerOf = ({ status, entry }: TakenFeedback): object => ({
  request_id: entry.requestId,
  index: entry.index,
  status,
  model: { name: entry.model, version: entry.version },
  ...(entry.correct !== undefined && { correct: entry.correct }),
});
