/** The outputs that a request asks for, and in which form. */
import { hasJsonForm } from '../../../../tensor/json-elements.ts';
import type { TensorSpec } from '../../../../tensor/tensor.ts';
import { badField, Members, shortName } from './members.ts';

/** One output of the answer. */
export interface WantedOutput {
  readonly spec: TensorSpec;
  readonly binary: boolean;
  /** Set: its so many largest elements as texts, instead of the elements. */
  readonly classes: number | undefined;
}

/**
 * In the order of the request; those of the model when it names none. `binary`: the form of outputs that do not say.
 * @throws ServingError BAD_FIELD, with a pointer
 */
export function wantedOutputs(
  body: Members,
  specs: readonly TensorSpec[],
  binary: boolean,
): readonly WantedOutput[] {
  const list = body.list('outputs') ?? [];
  const wanted = list.length === 0 ? allOutputs(specs, binary) : named(list, specs, binary);
  for (const output of wanted) requireForm(output);
  return wanted;
}

export const allOutputs = (specs: readonly TensorSpec[], binary: boolean): readonly WantedOutput[] =>
  specs.map((spec) => ({ spec, binary, classes: undefined }));

function named(list: readonly unknown[], specs: readonly TensorSpec[], binary: boolean): WantedOutput[] {
  const seen = new Set<string>();
  return list.map((value, index) => {
    const output = new Members(value, ['outputs', index]);
    const name = output.requiredText('name');
    const spec = specs.find((one) => one.name === name);
    if (spec === undefined) {
      const known = specs.map((one) => one.name).join(', ');
      const path = [...output.path, 'name'];
      throw badField(`The model has no output ${shortName(name)}; it has ${known}.`, path);
    }
    if (seen.has(name)) throw badField(`The output ${name} is there twice.`, [...output.path, 'name']);
    seen.add(name);
    const parameters = output.object('parameters');
    if (parameters.value('shared_memory_region') !== undefined) {
      throw parameters.bad('shared_memory_region', 'is not served: outputs are in the answer');
    }
    const classes = parameters.count('classification') ?? 0;
    if (classes > 0 && !ranks(spec)) {
      throw parameters.bad('classification', `is not possible for ${spec.datatype}`);
    }
    return {
      spec,
      binary: parameters.flag('binary_data') ?? binary,
      classes: classes === 0 ? undefined : classes,
    };
  });
}

/** Whether its elements can be ranked; as Triton's. */
const ranks = ({ datatype }: TensorSpec): boolean => !['FP16', 'BYTES', 'BOOL'].includes(datatype);

function requireForm({ spec: { name, datatype }, binary, classes }: WantedOutput): void {
  if (binary || classes !== undefined || hasJsonForm(datatype)) return;
  const message = `The output ${name} is ${datatype}, which has no form in JSON: ask for it with binary_data: true.`;
  throw badField(message, ['outputs']);
}
