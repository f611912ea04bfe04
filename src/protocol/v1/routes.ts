/** The routes of the server's own protocol: predictions, and the models that make them. */
import type { RouteSet } from '../route-set.ts';
import { accuracyRoute, feedbackRoute } from './feedback/routes.ts';
import { FEDERATED_ROUTES } from './federated/routes.ts';
import { describeRoute, listRoute } from './models.ts';
import { baselineRoute, showDriftRoute } from './drift/routes.ts';
import { setTrafficRoute, showTrafficRoute, stepTrafficRoute } from './traffic/routes.ts';
import { predictModelRoute, predictRoute, predictVersionRoute } from './predict.ts';

export const V1 = {
  tags: {
    Prediction: 'Send images or rows, get classes or tensors.',
    Models: 'Which models and versions there are, and what they take and give.',
    Traffic: 'Which version of a model answers, and how its versions compare.',
    Feedback: 'What was right, and how often the models are.',
    'Federated rounds': 'Clients train a model where their data is, and send what that changes.',
    Quality: 'Whether the inputs and answers of a model are still what they were.',
  },
  routes: {
    predict: predictRoute,
    predictModel: predictModelRoute,
    predictVersion: predictVersionRoute,
    listModels: listRoute,
    describeModel: describeRoute,
    showTraffic: showTrafficRoute,
    setTraffic: setTrafficRoute,
    stepTraffic: stepTrafficRoute,
    sendFeedback: feedbackRoute,
    showAccuracy: accuracyRoute,
    ...FEDERATED_ROUTES,
    showDrift: showDriftRoute,
    makeDriftBaseline: baselineRoute,
  },
} satisfies RouteSet<never>;
