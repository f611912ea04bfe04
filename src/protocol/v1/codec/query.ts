/** The query string of a predict route: `top_k` and `timeout`, each at most once, and nothing else. */
import { ServingError } from '../../../errors.ts';
import { pointerTo } from '../../pointer.ts';
import { topKOf, topKRule } from './images/top-k.ts';

const MILLISECONDS = /^\d{1,9}$/;

/**
 * @param query what follows the `?`, without it.
 * @param classes classes of the model, the largest top_k; undefined for a model that takes rows and knows no top_k.
 * @throws ServingError BAD_QUERY, with a pointer to the parameter
 */
export function decodeQuery(
  query: string,
  classes: number | undefined,
): { readonly topK: number | undefined } {
  let topK: number | undefined;
  if (query === '') return { topK };
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === 'timeout') continue; // decodeTimeout() has read it.
    const pointer = pointerTo(name);
    if (classes === undefined) {
      throw new ServingError('BAD_QUERY', 'The only query parameter here is timeout.', { pointer });
    }
    if (name !== 'top_k') {
      throw new ServingError('BAD_QUERY', 'The query parameters here are top_k and timeout.', { pointer });
    }
    if (topK !== undefined) throw new ServingError('BAD_QUERY', 'top_k may be given only once.', { pointer });
    topK = topKOf(value, classes);
    if (topK === undefined) throw new ServingError('BAD_QUERY', topKRule(classes), { pointer });
  }
  return { topK };
}

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
