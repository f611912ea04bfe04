/** Methods with a label of their own in the metrics: a client may send any word, and each would become a series. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

/** The method as metrics and log name it. */
export const labelOf = (method: string): string => (METHODS.has(method) ? method : 'other');
