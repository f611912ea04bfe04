/** A request of the Open Inference Protocol with all tensors in binary, and what came back. */
import type { Tensor } from '../../src/tensor/tensor.ts';

const HEADER_LENGTH = 'inference-header-content-length';

export interface Inferred {
  readonly status: number;
  /** Of an answer with status 200. */
  readonly outputs: readonly Tensor[];
  /** The body of any other answer. */
  readonly error: Readonly<Record<string, unknown>>;
}

type Described = Omit<Tensor, 'data'> & { readonly parameters: { readonly binary_data_size: number } };

export async function inferBinary(port: number, model: string, inputs: readonly Tensor[]): Promise<Inferred> {
  const header = JSON.stringify({
    inputs: inputs.map(({ data, ...rest }) => ({ ...rest, parameters: { binary_data_size: data.length } })),
    parameters: { binary_data_output: true },
  });
  const answer = await fetch(`http://127.0.0.1:${port}/v2/models/${model}/infer`, {
    method: 'POST',
    headers: { [HEADER_LENGTH]: String(Buffer.byteLength(header)) },
    body: Buffer.concat([Buffer.from(header), ...inputs.map(({ data }) => data)]),
  });
  const { status } = answer;
  const body = Buffer.from(await answer.arrayBuffer());
  if (status !== 200) return { status, outputs: [], error: JSON.parse(body.toString()) as Inferred['error'] };
  let at = Number(answer.headers.get(HEADER_LENGTH));
  const { outputs } = JSON.parse(body.subarray(0, at).toString()) as { outputs: readonly Described[] };
  return {
    status,
    outputs: outputs.map(({ name, datatype, shape, parameters }) => {
      const data = body.subarray(at, (at += parameters.binary_data_size));
      return { name, datatype, shape, data };
    }),
    error: {},
  };
}
