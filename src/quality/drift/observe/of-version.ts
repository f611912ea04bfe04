/** The observer of a version: for images, or for rows. */
import type { ModelSettings, Signature } from '../../../serving/model-version.ts';
import { ImagesObserver } from './images-observer.ts';
import type { Observer } from './observer.ts';
import { RowsObserver } from './rows-observer.ts';

/** Of a version that is or was ready. */
export const observerOf = (settings: ModelSettings, signature: Signature): Observer =>
  settings.preprocess === undefined ? new RowsObserver(settings, signature) : new ImagesObserver();
