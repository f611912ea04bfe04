/** The query string of a predict route: parameters that the model knows, each at most once, and nothing else. */
import { ServingError } from '../../../errors.ts';
import { DATATYPE_NAMES, type Datatype } from '../../../tensor/tensor.ts';
import { pointerTo } from '../../pointer.ts';
import { topKOf, topKRule } from './images/top-k.ts';

const MILLISECONDS = /^\d{1,9}$/;

const SHAPE = /^(\d{1,9}(,\d{1,9}){0,15})?$/;

const EXPLAINS_NOTHING =
  'This server explains no answers: the operator can set explainRows, ORTOLAN_EXPLAIN_ROWS=49 for a grid of 7 x 7.';

/** What a model knows of the query. */
export interface QueryRules {
  /** Classes of the model, the largest top_k; undefined for a model that gives none. */
  readonly classes: number | undefined;
  /** Whether it takes tensors, whose type and shape a client may state. */
  readonly tensors: boolean;
  /** Most rows of an explanation, 0 where the server gives none; undefined for a model that has none to give. */
  readonly explainRows?: number | undefined;
}

export interface Query {
  readonly topK: number | undefined;
  readonly datatype: Datatype | undefined;
  readonly shape: readonly number[] | undefined;
  /** Whether the answer is to be explained by occlusion. */
  readonly explains: boolean;
}

/**
 * @param query what follows the `?`, without it.
 * @throws ServingError BAD_QUERY, with a pointer to the parameter
 */
export function decodeQuery(query: string, rules: QueryRules): Query {
  const found = new Map<string, string>();
  if (query === '') return read(found, rules);
  const known = [
    ...(rules.classes === undefined ? [] : ['top_k']),
    ...(rules.tensors ? ['datatype', 'shape'] : []),
    ...(rules.explainRows === undefined ? [] : ['explain']),
    'timeout',
  ];
  for (const [name, value] of new URLSearchParams(query)) {
    if (!known.includes(name)) throw refusal(name, `The query parameters here are ${known.join(', ')}.`);
    // decodeTimeout() reads its own.
    if (found.has(name) && name !== 'timeout') throw refusal(name, `${name} may be given only once.`);
    found.set(name, value);
  }
  return read(found, rules);
}

function read(found: ReadonlyMap<string, string>, { classes, explainRows = 0 }: QueryRules): Query {
  return {
    explains:
      valueOf(
        found,
        'explain',
        (text) => (text === 'occlusion' && explainRows > 0 ? true : undefined),
        () => (explainRows > 0 ? 'explain is occlusion.' : EXPLAINS_NOTHING),
      ) ?? false,
    topK: valueOf(
      found,
      'top_k',
      (text) => topKOf(text, classes!),
      () => topKRule(classes!),
    ),
    datatype: valueOf(
      found,
      'datatype',
      (text) => DATATYPE_NAMES.find((name) => name === text),
      () => `datatype is one of ${DATATYPE_NAMES.join(', ')}.`,
    ),
    shape: valueOf(
      found,
      'shape',
      (text) =>
        SHAPE.test(text)
          ? text.split(',').flatMap((length) => (length === '' ? [] : [Number(length)]))
          : undefined,
      () => 'shape is a list of lengths, such as 2,224,224,3.',
    ),
  };
}

function valueOf<T>(
  found: ReadonlyMap<string, string>,
  name: string,
  parse: (text: string) => T | undefined,
  rule: () => string,
): T | undefined {
  const text = found.get(name);
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value === undefined) throw refusal(name, rule());
  return value;
}

const refusal = (name: string, message: string): ServingError =>
  new ServingError('BAD_QUERY', message, { pointer: pointerTo(name) });

/** The client's deadline, in milliseconds from arrival, if the query names one. @throws ServingError BAD_QUERY */
export function decodeTimeout(query: string): number | undefined {
  if (query === '') return undefined;
  const values = new URLSearchParams(query).getAll('timeout');
  const [value] = values;
  if (value === undefined) return undefined;
  if (values.length === 1 && MILLISECONDS.test(value) && Number(value) > 0) return Number(value);
  throw new ServingError('BAD_QUERY', 'timeout is one positive whole number of milliseconds.', {
    pointer: pointerTo('timeout'),
  });
}
