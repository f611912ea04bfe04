// @ts-check
/** The versions that the server has, and which of them is asked. */
import { the } from './dom.js';
import { json } from './json.js';
import { predictPath } from './request.js';

/** @typedef {import('typebox').Static<typeof import('../../../protocol/v1/model-schemas.ts').ModelList>} ModelList */
/** @typedef {import('./rows.js').Tensor} Tensor */

/**
 * `classes`: of a version that takes images; undefined until it is loaded, as are `inputs`.
 * @typedef {object} Offer
 * @property {string | undefined} model its name
 * @property {string} path
 * @property {'images' | 'rows'} takes
 * @property {string} state
 * @property {number | undefined} classes
 * @property {readonly Tensor[] | undefined} inputs
 * @property {boolean} isDefault
 * @property {string} text
 */

/** Until it is known what there is. @type {Offer} */
const UNKNOWN = {
  model: undefined,
  path: '/v1/predict',
  takes: 'images',
  state: 'waiting',
  classes: undefined,
  inputs: undefined,
  isDefault: true,
  text: '',
};

export const modelChoice = the('model', HTMLSelectElement);

/** @type {readonly Offer[]} */
let offers = [];

export const chosen = () => offers[modelChoice.selectedIndex] ?? UNKNOWN;

/** The name of the model of which a version is chosen; undefined until it is known what there is. */
export const modelName = () => chosen().model;

/** Offers every version there is now; the one that was chosen stays so. Rejects when the server does not answer. */
export async function offerModels() {
  /** @type {ModelList} */
  const list = await json('/v1/models');
  const path = offers[modelChoice.selectedIndex]?.path;
  offers = offersOf(list);
  const selected = offers.findIndex((offer) => (path === undefined ? offer.isDefault : offer.path === path));
  modelChoice.replaceChildren(...offers.map(({ text }) => new Option(text)));
  modelChoice.selectedIndex = Math.max(0, selected);
  the('model-choice', HTMLElement).hidden = offers.length < 2;
}

/** @param {ModelList} list @returns {Offer[]} */
const offersOf = ({ default: defaultModel, models }) =>
  models.flatMap(({ name, default_version: defaultVersion, versions }) =>
    versions.map(({ version, labels, state, takes, inputs, outputs }) => {
      const isDefaultModel = name === defaultModel;
      const isDefaultVersion = version === defaultVersion;
      const notes = [...labels, ...(state === 'ready' ? [] : [state])];
      return {
        model: name,
        path: predictPath({ model: name, version, isDefaultModel, isDefaultVersion }),
        takes,
        state,
        classes: outputs?.[0]?.shape.at(-1),
        inputs,
        isDefault: isDefaultModel && isDefaultVersion,
        text: `${name} ${version}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`,
      };
    }),
  );
