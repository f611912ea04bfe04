/**
 * Drift of real photographs, end to end: a reference by the command line of what is normal, then a server that gets pictures
 * that are changed at a known strength. Each change alarms within a hundred images, and no change does not.
 *
 * The pictures are parts of the photographs of the tests, each another one: position, size, mirroring, exposure and quality
 * are drawn with a seed.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import t, { type Test } from 'tap';
import { MODEL, onlyVersion } from '../../bench/inputs/only-version.ts';
import { seededRandom } from '../../tools/random/seeded.ts';
import { ortolan } from '../cli/ortolan.ts';
import { PHOTOS, startServer } from '../support/start-server.ts';
import { samplesOf } from '../support/telemetry.ts';

const FROM = ['cat.jpg', 'china.jpg', 'coffee.jpg', 'flower.jpg', 'rocket.jpg', 'tripod.jpg'];
/** Pictures of the reference, and of a window. */
const REFERENCE = 600;
const WINDOW = 100;

type Random = () => number;

interface Change {
  /** Of a level, 0 to 255, before the picture is compressed; channels are 0 to 2. */
  readonly level?: (level: number, channel: number, random: Random) => number;
  /** Standard deviation of a Gaussian, in pixels of the picture. */
  readonly blur?: number;
  /** By how much its JPEG quality is less. */
  readonly worse?: number;
  /** The photograph that it is a part of; by default each as often. */
  readonly from?: (random: Random) => string;
}

const any = (random: Random): string => FROM[Math.floor(random() * FROM.length)]!;

const sources = new Map<string, Promise<Source>>();
interface Source {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

/** A photograph at a working size, decoded once. */
function sourceOf(name: string): Promise<Source> {
  let source = sources.get(name);
  if (source === undefined) {
    source = sharp(join(PHOTOS, name))
      .resize(800, 800, { fit: 'inside' })
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
      .then(({ data, info: { width, height } }) => ({ data, width, height }));
    sources.set(name, source);
  }
  return source;
}

async function picture(random: Random, change: Change = {}): Promise<Buffer> {
  const { data, width, height } = await sourceOf((change.from ?? any)(random));
  const part = 0.45 + 0.5 * random();
  const [wide, high] = [Math.floor(part * width), Math.floor(part * height)];
  const long = 320 + Math.floor(320 * random());
  let image: Sharp = sharp(data, { raw: { width, height, channels: 3 } })
    .extract({
      left: Math.floor(random() * (width - wide)),
      top: Math.floor(random() * (height - high)),
      width: wide,
      height: high,
    })
    .resize(long, Math.floor(0.75 * long), { fit: 'fill' })
    .linear(0.9 + 0.2 * random(), 0);
  if (random() < 0.5) image = image.flop();
  if (change.blur !== undefined) image = image.blur(change.blur);
  if (change.level !== undefined) image = await levelled(image, change.level, random);
  return image.jpeg({ quality: 80 + Math.floor(15 * random()) - (change.worse ?? 0) }).toBuffer();
}

async function levelled(image: Sharp, level: NonNullable<Change['level']>, random: Random): Promise<Sharp> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  for (let at = 0; at < data.length; at++) {
    data[at] = Math.min(255, Math.max(0, Math.round(level(data[at]!, at % 3, random))));
  }
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } });
}

/** Changes of a known strength, and features that have to alarm, among others perhaps. */
const CHANGES: Readonly<Record<string, readonly [change: Change, found: readonly string[]]>> = {
  'a gamma of 1.6': [{ level: (level) => 255 * (level / 255) ** 1.6 }, ['luminance']],
  'a blur of 2 pixels': [{ blur: 2 }, ['sharpness']],
  'every second picture of a cat': [
    { from: (random) => (random() < 0.5 ? 'cat.jpg' : any(random)) },
    ['class_share'],
  ],
  'a camera with grain, a warm cast and stronger compression': [
    {
      level: (level, channel, random) => level * [1.08, 1, 0.88][channel]! + (random() + random() - 1) * 24,
      worse: 30,
    },
    ['sharpness', 'warmth'],
  ],
};

interface Shown {
  readonly state: string;
  readonly window: { readonly whole: number; readonly alarms: number };
  readonly features: readonly {
    readonly statistics: readonly { readonly name: string; readonly alarm: boolean }[];
  }[];
}

/** A repository with the int8 version alone, and its reference. */
async function referenced(t: Test): Promise<string> {
  const models = join(t.testdir(), 'models');
  cpSync(onlyVersion('int8'), models, { recursive: true });
  const images = join(models, '..', 'normal');
  mkdirSync(images);
  const random = seededRandom(1);
  for (let at = 0; at < REFERENCE; at++)
    writeFileSync(join(images, `${String(at).padStart(4, '0')}.jpg`), await picture(random));
  const args = ['--images', images, '--models', models, '--window', String(WINDOW)];
  const { code, out, err } = await ortolan(['drift', 'baseline', MODEL, ...args]);
  if (code !== 0) throw new Error(err);
  t.match(out, /12 features of 600 images/);
  return models;
}

t.setTimeout(0);
t.test('real photographs that are changed are noticed within a hundred images', async (t) => {
  const models = await referenced(t);
  const { port } = await startServer(t, { models });
  const at = `http://127.0.0.1:${port}`;
  const show = async (): Promise<Shown> => {
    const answer = await fetch(`${at}/v1/models/${MODEL}/drift`);
    return ((await answer.json()) as { versions: Shown[] }).versions[0]!;
  };
  while ((await show()).state !== 'watching') await new Promise((resolve) => setTimeout(resolve, 50));
  const random = seededRandom(2);
  /** Sends so many pictures, and returns what alarms afterwards. */
  const send = async (count: number, change?: Change): Promise<readonly string[]> => {
    for (let sent = 0; sent < count; sent++) {
      const answer = await fetch(`${at}/v1/predict`, {
        method: 'POST',
        headers: { 'content-type': 'image/jpeg' },
        body: new Uint8Array(await picture(random, change)),
      });
      if (answer.status !== 200) throw new Error(await answer.text());
      await answer.text();
    }
    const { features } = await show();
    return features.flatMap(({ statistics }) =>
      statistics.filter(({ alarm }) => alarm).map(({ name }) => name),
    );
  };
  // Rows that came before the reference was in use are not in a window.
  await t.test('pictures as in the reference do not alarm', async (t) => {
    t.strictSame(await send(3 * WINDOW), []);
    t.strictSame((await show()).window, { ...(await show()).window, whole: 3, alarms: 0 });
  });
  for (const [name, [change, wanted]] of Object.entries(CHANGES)) {
    await t.test(`${name} alarms in the first window`, async (t) => {
      const found = await send(WINDOW, change);
      t.comment(found.join(', '));
      for (const feature of wanted) t.ok(found.includes(feature), `${feature} is among ${found.join(', ')}`);
    });
  }
  await t.test('and it is over when the pictures are normal again', async (t) => {
    t.strictSame(await send(WINDOW), []);
    const samples = samplesOf(await (await fetch(`${at}/metrics`)).text());
    const labels = `model="${MODEL}",version="2"`;
    const windows = Object.keys(CHANGES).length;
    t.equal(samples.get(`ortolan_drift_windows_total{${labels},outcome="beyond"}`), windows);
    t.equal(samples.get(`ortolan_drift_alarm{${labels},feature="luminance"}`), 0);
  });
});
