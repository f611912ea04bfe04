/**
 * The request path, from the headers to the answer: admission, body, codec, admission again, batcher, codec.
 * This file reads the body; its two neighbours take it from there.
 */
import { ServingError } from '../errors.ts';
import { readBody, refuseTooLarge } from '../http/body.ts';
import { codingOf, inflate } from '../http/inflate.ts';
import { bodyKindOf, type BodyKind } from '../protocol/v1/codec/media-type.ts';
import { decodeQuery, decodeTimeout } from '../protocol/v1/codec/query.ts';
import type { Exchange } from '../http/exchange.ts';
import { classify } from './classify.ts';
import { infer } from './infer.ts';
import type { PredictStages } from './stages.ts';

export async function predict(exchange: Exchange, stages: PredictStages): Promise<void> {
  const { head } = exchange;
  const model = stages.findModel(head.parameters[0], head.parameters[1]);
  exchange.model = { model: model.name, version: model.version };
  const takesImages = model.settings.preprocess !== undefined;
  const kind = bodyKindOf(head.contentType);
  if (kind === 'multipart' && !takesImages) {
    const message = `Model ${model.name} takes rows: send application/octet-stream or application/json.`;
    throw new ServingError('UNSUPPORTED_MEDIA_TYPE', message);
  }
  const coding = codingOf(head.contentEncoding);
  exchange.startDeadline(decodeTimeout(head.query));

  const maxBytes = maxBodyBytes(kind, takesImages, stages);
  refuseTooLarge(exchange, maxBytes);
  const permit = stages.admission.admitBody(model, head.contentLength ?? 0, exchange.timeLeftMs);
  exchange.onEnd(() => permit.release());
  const query = decodeQuery(head.query, takesImages ? model.classes : undefined);

  const limits = { maxBytes, permit, buffers: stages.buffers };
  const sent = await readBody(exchange, limits);
  const bytes = coding === undefined ? sent : await inflate(exchange, sent, coding, limits);
  const body = { bytes, kind, readMs: exchange.elapsedMs, permit };
  if (exchange.trace !== undefined) exchange.trace.readMs = body.readMs;
  if (takesImages) await classify(exchange, model, body, query.topK, stages);
  else await infer(exchange, model, body, stages);
}

/**
 * JSON lists of numbers are parsed on the thread that serves everyone, at some 100 ms a megabyte: rows in bulk
 * go as raw bytes.
 */
const MAX_JSON_ROWS_BYTES = 1024 * 1024;

function maxBodyBytes(kind: BodyKind, takesImages: boolean, stages: PredictStages): number {
  if (kind !== 'json') return stages.maxBodyBytes;
  return takesImages ? stages.maxJsonBytes : Math.min(stages.maxJsonBytes, MAX_JSON_ROWS_BYTES);
}
