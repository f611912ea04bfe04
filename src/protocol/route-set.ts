/**
 * The routes of one protocol, each with its description and its handler. src/root/routes.ts lists the sets.
 */
import type { Exchange } from '../http/exchange.ts';
import type { Route } from '../http/route.ts';
import type { Description } from './description.ts';

/** `Parts`: what the handler needs of the server. */
export interface DescribedRoute<Parts> extends Omit<Route, 'handle'>, Description {
  readonly summary: string;
  readonly handle: (exchange: Exchange, parts: Parts) => void | Promise<void>;
}

export interface RouteSet<Parts> {
  /** Headings of the documents that this set adds, with a sentence for each. */
  readonly tags: Readonly<Record<string, string>>;
  /** By the name of the operation; unique in the whole server. */
  readonly routes: Readonly<Record<string, DescribedRoute<Parts>>>;
}

/** What all handlers of a set need together. */
export type PartsOf<Set> = Set extends RouteSet<infer Parts> ? Parts : never;

/** The routes of a set as the application serves them. */
export const servedRoutes = <Parts>({ routes }: RouteSet<Parts>, parts: Parts): readonly Route[] =>
  Object.values(routes).map(({ method, pattern, quiet, access, handle }) => ({
    method,
    pattern,
    quiet,
    access,
    handle: (exchange) => handle(exchange, parts),
  }));
