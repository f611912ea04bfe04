/**
 * What `sanitise` costs honest clients: on crops of the test photographs, how often the most probable class stays what it is
 * without, how far the probabilities move (the L1 distance, which a detector by squeezing compares with a threshold), and the
 * processor time of an image. Prints the rows of the table in docs/security.md; the machine may be busy.
 *
 *   node bench/sanitise.ts [crops of each photograph]
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../src/config/load.ts';
import { startLocal } from '../src/root/local.ts';
import type { Sanitise } from '../src/thread/load.ts';
import { derivePhotograph } from '../tools/photographs/derived.ts';
import { seededRandom } from '../tools/random/seeded.ts';

const MODEL = join(import.meta.dirname, '../models/efficientnet-lite0');
const CLASSES = 1000;
/** From this probability on the bare model is sure. */
const SURE = 0.5;
const PHOTOGRAPHS = ['cat', 'china', 'coffee', 'flower', 'rocket', 'tripod'];
const SETTINGS: readonly (Sanitise | undefined)[] = [
  undefined,
  { jpegQuality: 90 },
  { jpegQuality: 75 },
  { jpegQuality: 50 },
  { bits: 5 },
  { bits: 4 },
  { bits: 3 },
  { jpegQuality: 75, bits: 5 },
];

interface Seen {
  readonly best: readonly number[];
  readonly probabilities: readonly Float64Array[];
  readonly cpuMs: number;
}

const crops = await cropsOf(Number(process.argv[2] ?? 35));
const [bare, ...others] = await inTurn();
const sure = bare!.best.filter((best, index) => bare!.probabilities[index]![best]! >= SURE).length;
console.log(`${crops.length} crops of ${PHOTOGRAPHS.length} photographs; the model is sure of ${sure}`);
console.log(
  `${JSON.stringify(SETTINGS[0] ?? 'off')} | 100 % | 100 % | 0 | 0 | 0 | ${bare!.cpuMs.toFixed(1)} ms`,
);
for (const [index, seen] of others.entries()) console.log(lineOf(SETTINGS[index + 1]!, bare!, seen));

async function inTurn(): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const settings of SETTINGS) seen.push(await classified(settings));
  return seen;
}

async function classified(sanitise: Sanitise | undefined): Promise<Seen> {
  const folder = mkdtempSync(join(tmpdir(), 'ortolan-sanitise-'));
  cpSync(MODEL, join(folder, 'm'), { recursive: true, filter: (path) => !path.includes('golden') });
  const file = join(folder, 'm/model.json');
  const json = JSON.parse(readFileSync(file, 'utf8')) as { preprocess: object };
  writeFileSync(
    file,
    JSON.stringify({ ...json, preprocess: { ...json.preprocess, ...(sanitise && { sanitise }) } }),
  );
  const { config } = loadConfig({ flags: {}, env: process.env, cwd: import.meta.dirname });
  const local = await startLocal({ ...config, models: folder, topK: CLASSES });
  try {
    await local.classify(crops[0]!);
    const before = process.cpuUsage();
    const answers = [];
    for (const crop of crops) answers.push((await local.classify(crop)).predictions);
    const { user, system } = process.cpuUsage(before);
    return {
      best: answers.map(([first]) => first!.class_id),
      probabilities: answers.map((predictions) => {
        const all = new Float64Array(CLASSES);
        for (const { class_id: index, probability } of predictions) all[index] = probability;
        return all;
      }),
      cpuMs: (user + system) / 1000 / crops.length,
    };
  } finally {
    await local.close();
    rmSync(folder, { recursive: true });
  }
}

function lineOf(settings: Sanitise, bare: Seen, seen: Seen): string {
  const isSure = bare.best.map((best, index) => bare.probabilities[index]![best]! >= SURE);
  const same = seen.best.map((best, index) => best === bare.best[index]);
  const shareOf = (which: readonly boolean[], of: readonly boolean[]): string =>
    `${((100 * which.filter((is, index) => is && of[index]).length) / of.filter(Boolean).length).toFixed(1)} %`;
  const [all, ofSure] = [
    shareOf(
      same,
      same.map(() => true),
    ),
    shareOf(same, isSure),
  ];
  const distances = seen.probabilities
    .map((own, index) =>
      own.reduce((sum, value, i) => sum + Math.abs(value - bare.probabilities[index]![i]!), 0),
    )
    .toSorted((a, b) => a - b);
  const at = (share: number): string => distances[Math.floor(share * (distances.length - 1))]!.toFixed(2);
  return `${JSON.stringify(settings)} | ${all} | ${ofSure} | ${at(0.5)} | ${at(0.95)} | ${at(1)} | ${seen.cpuMs.toFixed(1)} ms`;
}

/** Parts of at least half the side, at the size of a picture on a web page. */
async function cropsOf(each: number): Promise<readonly Buffer[]> {
  const random = seededRandom(7);
  const all: Buffer[] = [];
  for (const from of PHOTOGRAPHS) {
    for (let i = 0; i < each; i++) {
      const share = 0.5 + random() / 2;
      const part = [random() * (1 - share), random() * (1 - share), share, share] as const;
      const sizes = { width: 480, height: 360, quality: 90, grain: 3, part };
      all.push(await derivePhotograph({ name: `${from}-${i}`, from: `${from}.jpg`, ...sizes }));
    }
  }
  return all;
}
