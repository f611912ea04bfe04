/** The dashboard for tuning: latency by stage, batches, admission. */
import { dashboard, type Json } from './dashboard.ts';
import { admission } from './rows/admission.ts';
import { batches } from './rows/batches.ts';
import { timeSpent } from './rows/time-spent.ts';

export const batching = (): Json =>
  dashboard({
    uid: 'ortolan-batching',
    title: 'Ortolan: batching and latency',
    description: 'For tuning: latency by stage, batches, admission.',
    byModel: false,
    rows: [timeSpent, batches, admission],
  });
