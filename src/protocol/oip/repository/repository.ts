/** The repository extension: which models there are, and which are to be loaded and unloaded. */
import { ServingError } from '../../../errors.ts';
import type { Exchange } from '../../../http/exchange.ts';
import type { IndexRow } from '../../../serving/control/index-rows.ts';
import { callBody, isObject } from './call-body.ts';

/** What a call may ask of the server. */
export interface RepositoryControl {
  index(): Promise<readonly IndexRow[]>;
  /** @throws ServingError MODEL_NOT_FOUND or MODEL_REFUSED */
  load(model: string): Promise<void>;
  /** @throws ServingError MODEL_NOT_FOUND */
  unload(model: string): Promise<void>;
}

/** @throws ServingError BAD_FIELD, and those of the body */
export async function showIndex(exchange: Exchange, control: RepositoryControl): Promise<void> {
  const { ready = false } = await callBody(exchange);
  if (typeof ready !== 'boolean')
    throw new ServingError('BAD_FIELD', 'ready must be true or false.', { pointer: '/ready' });
  const rows = (await control.index()).filter(({ name }) => exchange.mayUse(name));
  answer(exchange, ready ? rows.filter(({ state }) => state === 'READY') : rows);
}

/** Answers when the model serves. @throws ServingError, also BAD_FIELD for parameters */
export async function loadModel(exchange: Exchange, control: RepositoryControl): Promise<void> {
  const name = modelOf(exchange);
  const [parameter] = Object.keys(parametersOf(await callBody(exchange)));
  if (parameter !== undefined) {
    const why =
      parameter === 'config' || parameter.startsWith('file:')
        ? `${parameter} is not taken from a call: put the files into the models folder, with settings in model.json, and call load without parameters.`
        : `${parameter} is no parameter of load.`;
    throw new ServingError('BAD_FIELD', why, { pointer: pointerTo(parameter) });
  }
  await control.load(name);
  answer(exchange, { name, load: true });
}

/** Answers when requests no longer find the model. @throws ServingError, also BAD_FIELD for unknown parameters */
export async function unloadModel(exchange: Exchange, control: RepositoryControl): Promise<void> {
  const name = modelOf(exchange);
  const { unload_dependents: dependents = false, ...others } = parametersOf(await callBody(exchange));
  const [parameter] = Object.keys(others);
  if (parameter !== undefined) {
    throw new ServingError('BAD_FIELD', `${parameter} is no parameter of unload.`, {
      pointer: pointerTo(parameter),
    });
  }
  if (typeof dependents !== 'boolean') {
    const pointer = pointerTo('unload_dependents');
    throw new ServingError('BAD_FIELD', 'unload_dependents must be true or false.', { pointer });
  }
  await control.unload(name);
  answer(exchange, { name, unload: true });
}

/** The last parameter of the path: before it there may be the name of the repository, of which there is one. */
const modelOf = ({ head }: Exchange): string => head.parameters.at(-1)!;

function parametersOf({
  parameters = {},
}: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (isObject(parameters)) return parameters;
  throw new ServingError('BAD_FIELD', 'parameters must be an object.', { pointer: '/parameters' });
}

/** RFC 6901. */
const pointerTo = (parameter: string): string =>
  `/parameters/${parameter.replaceAll('~', '~0').replaceAll('/', '~1')}`;

function answer(exchange: Exchange, body: unknown): void {
  exchange.answer({ contentType: 'application/json', body: JSON.stringify(body) });
}
