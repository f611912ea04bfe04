/** The dashboard for whoever tunes: where the time goes, how batches form, what admission foresees. */
import { dashboard, type Json } from './dashboard.ts';
import { admission } from './rows/admission.ts';
import { batches } from './rows/batches.ts';
import { timeSpent } from './rows/time-spent.ts';

export const batching = (): Json =>
  dashboard({
    uid: 'ortolan-batching',
    title: 'Ortolan: batching and latency',
    description:
      'For whoever tunes it: where the time of a request goes, how batches form, what admission foresees.',
    byModel: false,
    rows: [timeSpent, batches, admission],
  });
