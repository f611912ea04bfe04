/** The query string of a predict route: `top_k`, at most once, and nothing else. */
import { ServingError } from '../../errors.ts';
import { pointerTo } from './pointer.ts';
import { topKOf, topKRule } from './top-k.ts';

/**
 * @param query what follows the `?`, without it.
 * @param classes classes of the model: the largest top_k.
 * @throws ServingError BAD_QUERY, with a pointer to the parameter
 */
export function decodeQuery(query: string, classes: number): { readonly topK: number | undefined } {
  let topK: number | undefined;
  if (query === '') return { topK };
  for (const [name, value] of new URLSearchParams(query)) {
    const pointer = pointerTo(name);
    if (name !== 'top_k') {
      throw new ServingError('BAD_QUERY', 'The only query parameter here is top_k.', { pointer });
    }
    if (topK !== undefined) throw new ServingError('BAD_QUERY', 'top_k may be given only once.', { pointer });
    topK = topKOf(value, classes);
    if (topK === undefined) throw new ServingError('BAD_QUERY', topKRule(classes), { pointer });
  }
  return { topK };
}
