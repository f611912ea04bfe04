/** A route as the application serves it: where it is, and the function that answers. */
import { ServingError } from '../errors.ts';
import type { Exchange } from './exchange.ts';
import type { RouteFacts } from './route-facts.ts';

/** Answers one request. What it throws, now or later, becomes the error answer. */
export type Handler = (exchange: Exchange) => void | Promise<void>;

export interface Route extends RouteFacts {
  /** HEAD is served wherever GET is. */
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly handle: Handler;
}

/** The error of a path that no route takes. */
export const nothingHere = (): ServingError =>
  new ServingError('ROUTE_NOT_FOUND', 'There is nothing at this path; see /docs.');
