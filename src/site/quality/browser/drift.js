// @ts-check
/** How far the inputs of a model are from those that it was made for: a picture for each feature. */
import { the } from '../../home/browser/dom.js';

const driftPlace = the('drift', HTMLElement);

/** Shows nothing where the server watches no drift of the model. @param {string} _model */
export async function lookAtDrift(_model) {
  driftPlace.hidden = true;
}
