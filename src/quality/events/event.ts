/**
 * A prediction as events, with the attributes of KServe's payload logger (pkg/logger/worker.go), so that what listens to
 * that listens to this: `org.kubeflow.serving.inference.request` and `.response`, with the same id.
 */
import type { CloudEvent } from '../../outbound/event-sender.ts';
import { elementsIn, elementsOf, type Datatype } from '../../tensor/tensor.ts';
import { bytesOf } from '../../thread/payload.ts';
import type { Answered } from '../answered.ts';
import type { PredictionRecord } from '../log/record.ts';

const PREFIX = 'org.kubeflow.serving.inference';
const COMPONENT = 'predictor';

export interface EventSettings {
  readonly mode: 'response' | 'request' | 'all';
  /** Of the inference service; undefined: the name of the model. */
  readonly service: string | undefined;
  readonly namespace: string;
  /** Of this server: a URI, or a part of one. */
  readonly source: string;
}

/** More is not sent: it would be text of numbers, made on the thread that serves. */
const MOST_ELEMENTS = 16_384;
export const MOST_BODY_BYTES = 4 * 1024 * 1024;

/** An event, or that it would be too large. `isDefault`: whether the version is the default one of its model. */
export function eventsOf(
  answered: Answered,
  record: PredictionRecord,
  isDefault: boolean,
  settings: EventSettings,
): readonly (CloudEvent | 'too_large')[] {
  const { mode, namespace, source } = settings;
  const { requestId, at, model, version, route } = record;
  const time = new Date(at).toISOString();
  const eventOf = (kind: 'request' | 'response', data: Data | undefined): CloudEvent | 'too_large' =>
    data === undefined
      ? 'too_large'
      : {
          ...{ id: requestId, type: `${PREFIX}.${kind}`, source, time },
          extensions: {
            inferenceservicename: settings.service ?? model,
            namespace,
            component: COMPONENT,
            // KServe knows two: the one that everybody gets, and the one that is tried out.
            endpoint: isDefault ? 'default' : 'canary',
            metadata: JSON.stringify({
              'x-model-version': [version],
              ...(route !== undefined && { 'x-model-route': [route] }),
            }),
            recordedtime: time,
          },
          ...data,
        };
  return [
    ...(mode === 'response' ? [] : [eventOf('request', requestOf(answered))]),
    ...(mode === 'request' ? [] : [eventOf('response', responseOf(answered, record))]),
  ];
}

type Data = Pick<CloudEvent, 'contentType' | 'body'>;

const json = (value: object): Data => ({ contentType: 'application/json', body: JSON.stringify(value) });

/** One image as its file; several, and tensors, as a request of the Open Inference Protocol. */
function requestOf({ requestId, payloads, version }: Answered): Data | undefined {
  const [first] = payloads;
  let bytes = 0;
  for (const payload of payloads) bytes += bytesOf(payload);
  if (first === undefined || bytes > MOST_BODY_BYTES) return undefined;
  if (first.kind === 'image') {
    if (payloads.length === 1) {
      return { contentType: `image/${first.header.format}`, body: new Uint8Array(first.bytes) };
    }
    const images = payloads.map((payload) =>
      payload.kind === 'image' ? Buffer.from(payload.bytes).toString('base64') : '',
    );
    const input = { name: 'images', shape: [images.length], datatype: 'BYTES', data: images };
    return json({ id: requestId, inputs: [input] });
  }
  const parts = payloads.flatMap((payload) => (payload.kind === 'tensors' ? [payload.inputs] : []));
  const specs = version.signature?.inputs ?? [];
  const inputs = tensorsOf(parts, specs);
  return inputs && json({ id: requestId, inputs });
}

/** Classes as /v1/predict answers them; outputs as the Open Inference Protocol does. */
function responseOf({ outcomes, version }: Answered, record: PredictionRecord): Data | undefined {
  const { requestId: id, model, version: number, items } = record;
  const parts = outcomes.flatMap((outcome) =>
    outcome.kind === 'done' && outcome.result.kind === 'outputs' ? [outcome.result.outputs] : [],
  );
  if (parts.length > 0) {
    const outputs = tensorsOf(parts, version.signature?.outputs ?? []);
    return outputs && json({ id, model_name: model, model_version: number, outputs });
  }
  const { labels } = version.settings;
  return json({
    request_id: id,
    model: { name: model, version: number, ...(record.route !== undefined && { route: record.route }) },
    results: items.map(({ index, classes, probabilities }) => ({
      index,
      predictions: classes.map((classId, place) => ({
        class_id: classId,
        ...(labels?.[classId] !== undefined && { label: labels[classId] }),
        probability: probabilities[place],
      })),
    })),
  });
}

interface Part {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Tensors of all parts of a request, row after row; undefined for what has no form in JSON, or is too long. */
function tensorsOf(
  parts: readonly (readonly Part[])[],
  specs: readonly { readonly name: string; readonly datatype: Datatype }[],
): object[] | undefined {
  const tensors: object[] = [];
  let elements = 0;
  for (const [place, { name, datatype }] of specs.entries()) {
    const own = parts.flatMap((part) => part[place] ?? []);
    for (const { shape } of own) elements += elementsOf(shape);
    if (datatype === 'BYTES' || datatype === 'FP16' || elements > MOST_ELEMENTS) return undefined;
    const [, ...row] = own[0]?.shape ?? [];
    const rows = own.reduce((sum, { shape }) => sum + (shape[0] ?? 1), 0);
    const data = own.flatMap(({ data: bytes }) => [...numbersIn(datatype, bytes)]);
    tensors.push({ name, datatype, shape: [rows, ...row], data });
  }
  return tensors;
}

/** JSON has neither integers of 64 bits nor NaN: such are null, or rounded. */
const numbersIn = (datatype: Datatype, bytes: Uint8Array): (number | null)[] =>
  Array.from(elementsIn(datatype, bytes) as ArrayLike<number | bigint>, (element) => {
    const number = Number(element);
    return Number.isFinite(number) ? number : null;
  });
