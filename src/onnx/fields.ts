/** Field numbers of messages, and data types of tensors, as onnx.proto has them. */

/** TensorProto.DataType. */
export const FLOAT = 1;
export const UINT8 = 2;

/** Fields of a model, of a graph, and of a node. */
export const MODEL = { graph: 7, opset: 8, training: 20, functions: 25 } as const;
export const GRAPH = { node: 1, constant: 5, input: 11, output: 12, value: 13, sparse: 15 } as const;
export const NODE = { input: 1, output: 2, op: 4, attribute: 5, domain: 7 } as const;
