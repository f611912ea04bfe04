/** R11: the model that serves is replaced again and again under load, now and then by one that must be refused. */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from '../../../tools/onnx/model.ts';
import { residentMiB } from '../../../tools/process/usage.ts';
import { jsonOf, post } from '../../support/http-client.ts';
import { affine, fixed } from '../../support/tiny-models.ts';
import type { Demand } from '../demand.ts';
import { Clients, posted } from '../load/closed-clients.ts';
import { pause } from '../scene.ts';

const BODY = Buffer.from(new Float32Array(4).fill(1).buffer);
const LOAD = '/v2/repository/models/affine/load';
/** Field doc_string of a model: the last one counts, so that any file can be continued. */
const DOC_STRING = 6;
/** Every fifth is bad, in turn: other bytes than model.json says, cut off, no file, one that cannot be served. */
const EVERY = 5;
const BAD = ['digest', 'truncated', 'missing', 'another signature'] as const;
const MORE_MEMORY = 1.05;
/** The thread that loads ends after two seconds without a load. */
const SETTLED_MS = 4000;

export const hotSwap: Demand = {
  id: 'R11',
  title: 'Model swap under load',
  demand:
    'The model that serves is replaced a hundred times under load, every fifth time by one that is damaged, cut off, missing or of another signature: no failed request, what is bad is refused and the old one serves, memory is back within 5 %',
  async run({ scene, pick, say }) {
    const models = scene.models({ affine: affine() });
    const folder = join(models, 'affine');
    const place = join(folder, '1', 'model.onnx');
    const settings = join(folder, 'model.json');
    const original = { file: readFileSync(place), settings: readFileSync(settings, 'utf8') };
    const put = (bytes: Buffer): void => {
      writeFileSync(`${place}.new`, bytes);
      renameSync(`${place}.new`, place);
    };
    const { port, pid } = await scene.start({ models, options: { workers: 2, modelControl: 'explicit' } });
    const good = Buffer.concat([original.file, text(DOC_STRING, 'good')]);
    const badly: Record<(typeof BAD)[number], () => void> = {
      digest: () => {
        put(good);
        const sha256 = { 1: createHash('sha256').update('another file').digest('hex') };
        writeFileSync(settings, JSON.stringify({ ...(JSON.parse(original.settings) as object), sha256 }));
      },
      truncated: () => put(good.subarray(0, good.length / 2)),
      missing: () => rmSync(place),
      'another signature': () => put(fixed(3).file),
    };
    let wrong = 0;
    let refused = 0;
    let unrefused = 0;
    const swaps = pick(20, 100, 1000);
    const swap = async (count: number): Promise<void> => {
      writeFileSync(settings, original.settings);
      if (count % EVERY !== 0) {
        put(Buffer.concat([original.file, text(DOC_STRING, `variant ${count}`)]));
        const answer = await post(port, LOAD, '');
        if (answer.status !== 200) throw new Error(`swap ${count}: ${answer.body.toString()}`);
        return;
      }
      const kind = BAD[(count / EVERY) % BAD.length]!;
      badly[kind]();
      const answer = await post(port, LOAD, '');
      if (answer.status >= 400 && jsonOf(answer)['code'] === 'MODEL_REFUSED') refused++;
      else {
        unrefused++;
        say(`${kind}: ${answer.status} ${answer.body.toString()}`);
      }
    };
    const clients = Clients.start({ port, clients: 4, requests: [posted(port, '/v1/predict', BODY)] });
    let count = 0;
    const swapAll = async (): Promise<void> => {
      for (let left = swaps; left > 0; left--) {
        await swap(++count);
        const { outputs } = jsonOf<{ outputs?: { y: number[][] } }>(await post(port, '/v1/predict', BODY));
        if (outputs?.y[0]?.[0] !== 3) wrong++;
      }
      await pause(SETTLED_MS);
    };
    await swapAll();
    await clients.stop();
    await pause(SETTLED_MS);
    // As many again without the load, under which V8's heaps grow whether models are replaced or not.
    const before = residentMiB([pid]);
    await swapAll();
    const after = residentMiB([pid]);
    say(
      `${JSON.stringify(Object.fromEntries(clients.endings))}, memory ${before.toFixed(0)} to ${after.toFixed(0)} MiB`,
    );
    return [
      { what: 'swaps under load, and as many without', value: swaps },
      { what: 'requests meanwhile', value: clients.sent },
      { what: 'of them not answered 200', value: clients.bad, atMost: 0 },
      { what: 'wrong answers', value: wrong, atMost: 0 },
      { what: 'bad models that were refused', value: refused },
      { what: 'bad models that were not refused', value: unrefused, atMost: 0 },
      { what: 'memory after those without load over memory before', value: after / before, atMost: MORE_MEMORY },
    ];
  },
};
