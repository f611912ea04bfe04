/** The routes of the Open Inference Protocol, v2. */
import type { RouteSet } from '../route-set.ts';
import { modelConfigRoute, versionConfigRoute } from './config.ts';
import { inferRoute, inferVersionRoute } from './infer.ts';
import {
  modelMetadataRoute,
  modelNamesRoute,
  modelReadyRoute,
  versionMetadataRoute,
  versionReadyRoute,
} from './models.ts';
import { REPOSITORY_ROUTES, REPOSITORY_TAG } from './repository/routes.ts';
import { serverLiveRoute, serverReadyRoute, serverRoute, serverSlashRoute } from './server.ts';
import { allStatisticsRoute, modelStatisticsRoute, versionStatisticsRoute } from './statistics.ts';

export const OIP = {
  tags: {
    'Open Inference Protocol':
      'Version 2, for the clients of Triton, KServe, MLServer and OpenVINO Model Server.',
    [REPOSITORY_TAG]: 'Which models there are, and which are loaded and unloaded while the server serves.',
  },
  routes: {
    oipInfer: inferRoute,
    oipInferVersion: inferVersionRoute,
    oipServer: serverRoute,
    oipServerSlash: serverSlashRoute,
    oipServerLive: serverLiveRoute,
    oipServerReady: serverReadyRoute,
    oipModels: modelNamesRoute,
    oipAllStatistics: allStatisticsRoute,
    oipModel: modelMetadataRoute,
    oipVersion: versionMetadataRoute,
    oipModelReady: modelReadyRoute,
    oipVersionReady: versionReadyRoute,
    oipModelConfig: modelConfigRoute,
    oipVersionConfig: versionConfigRoute,
    oipModelStatistics: modelStatisticsRoute,
    oipVersionStatistics: versionStatisticsRoute,
    ...REPOSITORY_ROUTES,
  },
} satisfies RouteSet<never>;
