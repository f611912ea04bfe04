/**
 * The dashboard for the person on call. The first row gives the status by colour; the rows below lead from symptoms to
 * causes.
 */
import { dashboard, type Json } from './dashboard.ts';
import { objectives } from './rows/objectives.ts';
import { processes } from './rows/processes.ts';
import { saturation } from './rows/saturation.ts';
import { symptoms } from './rows/symptoms.ts';
import { status } from './rows/status.ts';

export const overview = (): Json =>
  dashboard({
    uid: 'ortolan-overview',
    title: 'Ortolan: overview',
    description: 'For the person on call: status, symptoms, and the likely causes.',
    byModel: false,
    rows: [status, objectives, symptoms, saturation, processes],
  });
