/** `ortolan pipeline run` with the model in the box: photographs that clients have labelled make a new last layer for it. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ROOT } from '../cli/ortolan.ts';
import { derivedCrops, labelOf } from './crops.ts';
import {
  ended,
  modelOf,
  pipelineOf,
  python,
  RETRAIN,
  sayClass,
  served,
  skip,
  start,
  whileRunning,
} from './retraining.ts';

// Packages are installed the first time, and every photograph goes through the model several times.
t.setTimeout(0);

t.test(
  'photographs that clients have labelled make a new head for the model in the box',
  { skip },
  async (t) => {
    const folder = t.testdir({ models: {} });
    const box = join(folder, 'models/efficientnet-lite0');
    mkdirSync(join(box, '1'), { recursive: true });
    for (const name of ['1/model.onnx', 'labels.txt'])
      cpSync(join(ROOT, 'models/efficientnet-lite0', name), join(box, name));
    const {
      sha256: _,
      versionLabels: __,
      ...config
    } = JSON.parse(readFileSync(join(ROOT, 'models/efficientnet-lite0/model.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    writeFileSync(join(box, 'model.json'), JSON.stringify(config));
    const place = await served(t, folder);
    const { taught, heldOut } = await derivedCrops();
    const labels = readFileSync(join(box, 'labels.txt'), 'utf8').trimEnd().split('\n');
    for (const { from, bytes } of heldOut) {
      const target = join(folder, 'held-out', String(labels.indexOf(labelOf(from))));
      mkdirSync(target, { recursive: true });
      writeFileSync(join(target, `${readdirSync(target).length}.jpg`), bytes);
    }
    let right = 0;
    for (const { from, bytes } of taught) {
      const answer = await fetch(`${place.url}/v1/predict`, {
        method: 'POST',
        headers: { 'content-type': 'image/jpeg' },
        body: new Uint8Array(bytes),
      });
      const { predictions } = (await answer.json()) as { predictions: { label: string; class_id: number }[] };
      right += Number(predictions[0]!.label === labelOf(from));
      await sayClass(place.url, answer.headers.get('x-request-id')!, labels.indexOf(labelOf(from)));
    }
    t.comment(`the model in the box is right in ${right} of ${taught.length}`);
    const file = pipelineOf(place, {
      model: 'efficientnet-lite0',
      train: { command: [python, RETRAIN, 'head'], deadline: '10m' },
      gate: { images: join(folder, 'held-out'), maxDrop: 0.1 },
      canary: {
        weights: [50],
        guard: { intervalMs: 500, minSamples: 20, maxP99Ms: 30_000, maxErrorRate: 0.2 },
        deadline: '20s',
        atDeadline: 'promote',
      },
    });
    const run = start(t, file);
    await whileRunning(run.child, async (turn) => {
      const { bytes } = heldOut[turn % heldOut.length]!;
      await fetch(`${place.url}/v1/predict`, {
        method: 'POST',
        headers: { 'content-type': 'image/jpeg' },
        body: new Uint8Array(bytes),
      });
    });
    t.equal(await ended(run), 0, run.err() + run.out());
    t.match(await modelOf(place.url, 'efficientnet-lite0'), { default_version: '2' });
    const report = JSON.parse(readFileSync(join(box, '2/report.json'), 'utf8')) as {
      gate: { accuracy: { champion: { share: number }; challenger: { share: number } } };
    };
    const { champion, challenger } = report.gate.accuracy;
    t.comment(`held out: ${champion.share} before, ${challenger.share} now`);
    t.ok(challenger.share > champion.share, 'it is better on photographs that it has not seen');
  },
);
