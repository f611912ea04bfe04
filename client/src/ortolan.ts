/**
 * A client of Ortolan, and with `infer` of any server of the Open Inference Protocol v2. For Node and browsers: it uses
 * only fetch and what belongs to it.
 */
import { systemClock } from './attempts.ts';
import { call, type CallOptions } from './call.ts';
import { feedbackBody, type FeedbackAnswer, type Said } from './feedback.ts';
import { decodeInfer, encodeInfer, JSON_LENGTH, parse, type InferAnswer, type InferBody } from './infer.ts';
import { bodyOf, type AnswerTo, type PredictInput } from './predict.ts';

export type { CallOptions } from './call.ts';
export type { FeedbackAnswer, Said } from './feedback.ts';
export type { InferAnswer } from './infer.ts';
export { OrtolanError } from './ortolan-error.ts';
export type { ImageAnswer, ImagesAnswer, Prediction, PredictInput, RowsAnswer } from './predict.ts';
export type { Datatype, InputTensor, Tensor } from './tensor.ts';

/** For the whole client; each call may have its own, and its headers are added to these. */
export interface OrtolanOptions extends Omit<CallOptions, 'signal'> {
  /** An API key or a token (JWT), for a server that asks for one. In a browser its visitor can read it. */
  readonly apiKey?: string | undefined;
  /** Used in place of the platform's own, for example to add credentials. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

export interface PredictOptions extends CallOptions {
  /** Default: the default model of the server. */
  readonly model?: string | undefined;
  /** Its number, or one of its labels; only with `model`. */
  readonly version?: string | undefined;
  /** How many classes to return. */
  readonly topK?: number | undefined;
}

export interface FeedbackOptions extends CallOptions {
  /** Place of the image or row in its request, from 0; needed where it had several. */
  readonly index?: number | undefined;
}

export interface InferOptions extends CallOptions, Omit<InferBody, 'inputs'> {
  /** Its number, or one of its labels. */
  readonly version?: string | undefined;
}

export class Ortolan {
  readonly #base: URL;
  readonly #options: OrtolanOptions;

  /**
   * @param url address of the server, with the path that a proxy may have put before /v1; in a browser it may be relative to the
   * page, as in `new Ortolan('/')`
   * @throws TypeError when it is no http: or https: URL
   */
  constructor(url: string | URL, options: OrtolanOptions = {}) {
    this.#base = new URL(url, (globalThis as { location?: { href: string } }).location?.href);
    if (!this.#base.protocol.startsWith('http')) throw new TypeError(`${url} is no http: or https: URL.`);
    this.#options = options;
  }

  /**
   * Classifies an image or several, or runs a model on rows: POST /v1/predict.
   * @throws OrtolanError; the reason of `signal`; TypeError for what cannot be sent
   */
  async predict<Input extends PredictInput, Answer = AnswerTo<Input>>(
    input: Input,
    { model, version, topK, ...options }: PredictOptions = {},
  ): Promise<Answer> {
    if (model === undefined && version !== undefined) throw new TypeError('A version needs its model.');
    const url = this.#url('v1', model, version, 'predict');
    if (topK !== undefined) url.searchParams.set('top_k', String(topK));
    return parse<Answer>((await this.#post(url, bodyOf(input), options)).bytes);
  }

  /**
   * Runs a model on tensors: POST /v2/models/{model}/infer.
   * @throws OrtolanError; the reason of `signal`; TypeError for what cannot be sent
   */
  async infer(
    model: string,
    inputs: InferBody['inputs'],
    { version, outputs, parameters, ...options }: InferOptions = {},
  ): Promise<InferAnswer> {
    const sent = encodeInfer({ inputs, outputs, parameters });
    const { headers, bytes } = await this.#post(this.#url('v2', model, version, 'infer'), sent, options);
    return decodeInfer(bytes, headers.get(JSON_LENGTH));
  }

  /**
   * Says what was right of a prediction: POST /v1/feedback, for servers that log what they answer. The same may be said again.
   * @param requestId `request_id` of the answer
   * @throws OrtolanError; the reason of `signal`
   */
  async feedback(
    requestId: string,
    said: Said,
    { index, ...options }: FeedbackOptions = {},
  ): Promise<FeedbackAnswer> {
    const sent = {
      body: feedbackBody(requestId, said, index),
      headers: { 'content-type': 'application/json' },
    };
    const url = this.#url('v1', undefined, undefined, 'feedback');
    return parse<FeedbackAnswer>((await this.#post(url, sent, options)).bytes);
  }

  #url(protocol: string, model: string | undefined, version: string | undefined, verb: string): URL {
    const names = [model, version].map((name) => (name === undefined ? undefined : segment(name)));
    const path = [protocol, names[0] && `models/${names[0]}`, names[1] && `versions/${names[1]}`, verb];
    const url = new URL(this.#base);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${path.filter((part) => part !== undefined).join('/')}`;
    return url;
  }

  #post(url: URL, sent: Pick<Parameters<typeof call>[0], 'body' | 'headers'>, options: CallOptions) {
    const { fetch = (request: Request) => globalThis.fetch(request), apiKey, ...defaults } = this.#options;
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const credential = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    const headers = { ...credential, ...defaults.headers, ...options.headers };
    return call({ url, ...sent }, { ...defaults, ...given, headers }, fetch, systemClock);
  }
}

/** A name as a segment of a path. URLs resolve dots, so that they would lead to another route. */
function segment(name: string): string {
  if (/^\.{0,2}$/.test(name)) throw new TypeError(`"${name}" is no name of a model or version.`);
  return encodeURIComponent(name);
}
