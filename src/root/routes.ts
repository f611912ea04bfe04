/** All routes of the server, by protocol. The application serves them, the OpenAPI document describes them. */
import type { Route } from '../http/route.ts';
import { OPS } from '../protocol/ops/routes.ts';
import { servedRoutes, type DescribedRoute, type PartsOf, type RouteSet } from '../protocol/route-set.ts';
import { OIP } from '../protocol/oip/routes.ts';
import { V1 } from '../protocol/v1/routes.ts';
import { SITE } from '../site/routes.ts';

/** The parts that all handlers need together. */
export type RouteParts = PartsOf<typeof V1> &
  PartsOf<typeof OIP> &
  PartsOf<typeof OPS> &
  PartsOf<typeof SITE>;

/** In the order of the OpenAPI document. */
export const ROUTE_SETS: readonly RouteSet<RouteParts>[] = [V1, OIP, OPS, SITE];

/** By the name of the operation. */
export const ROUTES: Readonly<Record<string, DescribedRoute<RouteParts>>> = Object.assign(
  {},
  ...ROUTE_SETS.map(({ routes }) => routes),
);

export const routesWith = (parts: RouteParts): readonly Route[] =>
  ROUTE_SETS.flatMap((set) => servedRoutes(set, parts));
