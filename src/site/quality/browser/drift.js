// @ts-check
/** How far the inputs and answers of the chosen model are from those of its reference: a picture for each feature. */
import { make, the } from '../../home/browser/dom.js';
import { json } from '../../home/browser/json.js';
import { driftCard } from './drift-picture.js';

const driftPlace = the('drift', HTMLElement);
const driftPictures = the('drift-pictures', HTMLElement);
/** The last answer, as text: the pictures are drawn again when another one comes. */
let drawnDrift = '';

/** Shows nothing where the server watches no drift of the model. @param {string} model */
export async function lookAtDrift(model) {
  /** @type {import('./drift-picture.js').Drift} */
  const drift = await json(`/v1/models/${encodeURIComponent(model)}/drift`);
  const text = JSON.stringify(drift);
  if (text === drawnDrift) return;
  drawnDrift = text;
  const told = drift.versions.filter(({ state, gathering }) => state !== 'off' || gathering !== undefined);
  driftPlace.hidden = told.length === 0;
  const key = make(
    'p',
    'drift-key soft',
    make('i', 'reference'),
    'reference ',
    make('i', 'now'),
    'now, the last whole window',
  );
  driftPictures.replaceChildren(...(driftPlace.hidden ? [] : [key]), ...told.map(driftCard));
}
