/** The routes for operators and orchestrators: health, metrics, what the server does now, how much it logs. */
import type { RouteSet } from '../route-set.ts';
import { batchesRoute } from './batches.ts';
import { healthRoute, livenessRoute, readinessRoute, startupRoute } from './health-routes.ts';
import { debugLiveRoute } from './live.ts';
import { logLevelRoute } from './log-level.ts';
import { metricsRoute } from './metrics.ts';

export const OPS = {
  tags: {
    Health: 'For people, load balancers and the probes of an orchestrator.',
    Operations: 'What the server does now, what it has measured, and how much it logs.',
  },
  routes: {
    health: healthRoute,
    live: livenessRoute,
    ready: readinessRoute,
    startup: startupRoute,
    metrics: metricsRoute,
    showLive: debugLiveRoute,
    showBatches: batchesRoute,
    setLogLevel: logLevelRoute,
  },
} satisfies RouteSet<never>;
