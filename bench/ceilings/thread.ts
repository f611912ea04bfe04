/**
 * A worker thread without its server: the same image stage and the same session as workers/infer.ts, in the same
 * order, in a loop. What it reaches is what a server could reach at most.
 */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import sharp from 'sharp';
import { readImageHeader } from '../../src/image/header.ts';
import type { Preprocess } from '../../src/thread/load.ts';
import { elementsPerRow, rowOf, viewOf, type TensorSpec } from '../../src/tensor/tensor.ts';
import { ImageStage } from '../../workers/image/decode.ts';
import { topClasses } from '../../src/tensor/top-classes.ts';
import { Session } from '../../workers/session.ts';
import { filled, type Value } from '../../workers/values.ts';
import { Latencies } from '../../tools/load/latencies.ts';
import type { Pace, ThreadSetup, Turns } from './order.ts';

const TOP_K = 5;
const MAX_PIXELS = 50_000_000;

const { file, settings, photographs, wideThreads, maxBatchSize } = workerData as ThreadSetup;
const { inputs, outputs, preprocess } = JSON.parse(readFileSync(settings, 'utf8')) as {
  inputs: TensorSpec[];
  outputs: TensorSpec[];
  preprocess?: Preprocess;
};
sharp.concurrency(1);

const opened = await Session.create({
  kind: 'load',
  instance: 0,
  file,
  device: 'cpu',
  deviceFallback: 'error',
  inputs,
  outputs,
  preprocess,
  softmax: true,
  batching: 'always',
  maxBatchSize,
  warmUpTo: maxBatchSize,
  wideThreads,
  compiledFolder: undefined,
});
if ('code' in opened) throw new Error(opened.detail);
const session: Session = opened;
const stage = await ImageStage.create({ decoder: 'turbo', maxImagePixels: MAX_PIXELS });
const images = photographs.map((bytes) => {
  const header = readImageHeader(bytes);
  if ('code' in header) throw new Error(header.detail);
  return { bytes, header };
});
const input = rowOf(session.report.inputs[0]!);
const output = rowOf(session.report.outputs[0]!);
let next = 0;

async function decode(rows: number): Promise<Value> {
  stage.begin(rows, input, preprocess!);
  for (let row = 0; row < rows; row++) {
    const { bytes, header } = images[next++ % images.length]!;
    const placed = stage.place(row, bytes, header);
    const failure = placed instanceof Promise ? await placed : placed;
    if (failure !== undefined) throw new Error(failure.detail);
  }
  return { datatype: input.datatype, shape: [rows, ...input.shape], data: stage.batch(rows) };
}

async function withSharp(rows: number): Promise<void> {
  const { resize, crop } = preprocess!;
  const margin = (resize - crop) / 2;
  for (let row = 0; row < rows; row++) {
    await sharp(images[next++ % images.length]!.bytes)
      .resize(resize, resize, { fit: 'cover', kernel: 'cubic' })
      .extract({ left: margin, top: margin, width: crop, height: crop })
      .raw()
      .toBuffer();
  }
}

function turnOf({ work, rows, width }: Turns): () => Promise<unknown> {
  const classes = elementsPerRow(output);
  const classify = async (batch: Value): Promise<void> => {
    const { data } = (await session.run([batch], width))[0]!;
    const scores = viewOf('FP32', data.buffer, data.byteOffset, rows * classes) as Float32Array;
    for (let row = 0; row < rows; row++) topClasses(scores, row * classes, classes, TOP_K, true);
  };
  switch (work) {
    case 'decode':
      return () => decode(rows);
    case 'sharp':
      return () => withSharp(rows);
    case 'run': {
      const zeros = session.report.inputs.map(({ datatype, shape }) =>
        filled(datatype, [rows, ...shape.slice(1)], 0),
      );
      return () => session.run(zeros, width);
    }
    case 'decode and run':
      return async () => classify(await decode(rows));
  }
}

async function measure(turns: Turns): Promise<Pace> {
  const turn = turnOf(turns);
  await turn();
  const latencies = new Latencies();
  const start = performance.now();
  let at = start;
  while (at < start + turns.durationMs) {
    await turn();
    const now = performance.now();
    latencies.record(now - at);
    at = now;
  }
  return { perSecond: (latencies.count * turns.rows * 1000) / (at - start), p50: latencies.quantile(0.5) };
}

parentPort!.on('message', (turns: Turns | 'end') => {
  if (turns === 'end') {
    // A thread inside onnxruntime must not be ended; this one leaves by itself.
    void session.release().then(() => parentPort!.close());
    return;
  }
  measure(turns).then(
    (pace) => parentPort!.postMessage({ pace }),
    (error: unknown) => parentPort!.postMessage({ error: String(error) }),
  );
});
parentPort!.postMessage('ready');
