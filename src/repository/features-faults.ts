/** Whether `features` of model.json agrees with itself and with the inputs of the model. Pure. */
import { allocate, elementsPerRow, type Datatype, type RowSpec, type TensorView } from '../tensor/tensor.ts';
import { hasJsonForm, misfitOf, putElements } from '../tensor/json-elements.ts';
import { featureNames, MAX_FEATURES, type FeaturesConfig } from './model-json/features.ts';

/** JSON pointer and sentence for each fault; empty when there is none. `images`: whether the model takes images. */
export function featuresFaults(features: FeaturesConfig | undefined, images: boolean): string[] {
  if (features === undefined) return [];
  const { store, url, service, file, defaults = {} } = features;
  const faults: string[] = [];
  if (images) faults.push('/features is for models that take rows, and preprocess makes it one for images');
  if (store === 'file') {
    if (file === undefined) faults.push('/features/file is missing: with the store file it names the values');
    for (const [key, value] of Object.entries({ url, service }))
      if (value !== undefined) faults.push(`/features/${key} is for the store feast`);
  }
  const known = featureNames(features);
  if (known.length > MAX_FEATURES)
    faults.push(`/features/features names ${known.length} features: ${MAX_FEATURES} at most`);
  for (const name of Object.keys(defaults))
    if (!known.includes(name)) faults.push(`/features/defaults/${name} is none of the features`);
  return faults;
}

/** Why the features do not fill the inputs of the model, as JSON pointer and sentence; undefined when they do. */
export function featuresMisfit(
  features: FeaturesConfig | undefined,
  inputs: readonly RowSpec[],
): string | undefined {
  for (const [name, names] of Object.entries(features?.features ?? {})) {
    const at = `/features/features/${name}`;
    const spec = inputs.find((input) => input.name === name);
    if (spec === undefined) {
      return `${at} is no input of the model; it has ${inputs.map((input) => input.name).join(', ')}`;
    }
    if (!hasJsonForm(spec.datatype)) return `${at} is ${spec.datatype}, which has no values in JSON`;
    const open = spec.shape.some((length) => length < 0);
    if (open && spec.shape.length > 1)
      return `${at} leaves lengths open ([${spec.shape.join()}] a row): declare the input in /inputs`;
    const elements = elementsPerRow(spec);
    if (!open && names.length !== elements)
      return `${at} has ${names.length} features, but a row of the input has ${elements} elements`;
    const misfit = names.find((feature) => !fits(features!.defaults?.[feature], spec));
    if (misfit !== undefined) return `/features/defaults/${misfit}: ${misfitOf(spec.datatype)}`;
  }
  return undefined;
}

/** A place for one element of each type: a new one for each value would take longer than the check. */
const SCRATCH = new Map<Datatype, TensorView>();

/** Whether a value may be an element of the input. */
export function fits(value: unknown, { datatype }: Pick<RowSpec, 'datatype'>): boolean {
  if (value === undefined) return true;
  if (datatype === 'BYTES') return typeof value === 'string';
  let place = SCRATCH.get(datatype);
  if (place === undefined) SCRATCH.set(datatype, (place = allocate(datatype, 1)));
  return putElements(place, 0, [value], datatype) < 0;
}
