/** Members of every answer of a prediction besides its results. */
import type { AnswerFacts } from '../../../task/task.ts';
import { timing } from '../../rounding.ts';

/** The members in front of the results. */
export const head = ({ requestId, model, defaulted }: AnswerFacts): object => ({
  request_id: requestId,
  model,
  ...(defaulted && { defaulted_features: defaulted }),
});

/** The members behind the results. */
export const tail = ({ timings: t, batch }: AnswerFacts): object => ({
  timings_ms: {
    read: timing(t.read),
    queue: timing(t.queue),
    decode: timing(t.decode),
    infer: timing(t.infer),
    post: timing(t.post),
    total: timing(t.total),
  },
  batch,
});
