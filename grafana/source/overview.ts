/**
 * The dashboard for the person on call. The first row answers one question, whether it is well, by colour; the rows
 * below lead from what clients feel to what the cause may be.
 */
import { dashboard, type Json } from './dashboard.ts';
import { objectives } from './rows/objectives.ts';
import { processes } from './rows/processes.ts';
import { saturation } from './rows/saturation.ts';
import { symptoms } from './rows/symptoms.ts';
import { well } from './rows/well.ts';

export const overview = (): Json =>
  dashboard({
    uid: 'ortolan-overview',
    title: 'Ortolan: overview',
    description: 'For the person on call: is it well, and if not, what is it that is not.',
    byModel: false,
    rows: [well, objectives, symptoms, saturation, processes],
  });
