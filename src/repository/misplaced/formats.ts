/** Recognises model files by their names: ONNX, and formats that have to be converted first. Pure. */

interface Format {
  readonly names: RegExp;
  /** What the file is, and how to get ONNX from it. */
  readonly remedy: string;
}

const TF2ONNX = 'convert it with tf2onnx';

const OTHERS: readonly Format[] = [
  { names: /^saved_model\.pb(txt)?$/i, remedy: `a TensorFlow SavedModel: ${TF2ONNX}` },
  { names: /\.pb$/i, remedy: `a TensorFlow graph: ${TF2ONNX}` },
  { names: /\.(h5|keras)$/i, remedy: `a Keras model: ${TF2ONNX}` },
  { names: /\.tflite$/i, remedy: `a TensorFlow Lite model: ${TF2ONNX}` },
  {
    names: /\.(pt|pth|ckpt|safetensors)$|^pytorch_model\.bin$/i,
    remedy: 'a PyTorch model or its weights: export the model with torch.onnx.export',
  },
  { names: /\.(pkl|pickle|joblib)$/i, remedy: 'a pickled Python object: convert it with skl2onnx' },
  { names: /\.(engine|plan|trt)$/i, remedy: 'a TensorRT engine: use the ONNX file that it was built from' },
  { names: /\.ort$/i, remedy: 'in the format of ONNX Runtime: use the ONNX file that it was made from' },
  { names: /\.mlmodel$/i, remedy: 'a Core ML model: export the model to ONNX from where it was trained' },
];

export const isOnnx = (name: string): boolean => /\.onnx$/i.test(name);

/** What the file is and how to get ONNX from it; undefined when the name is not that of a model. */
export const otherFormat = (name: string): string | undefined =>
  OTHERS.find(({ names }) => names.test(name))?.remedy;
