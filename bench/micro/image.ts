/**
 * What preprocessing costs: decoding, resampling, and the whole way from a file to a row of the batch, beside sharp's
 * own pipeline to the same crop. It is the CPU time of the process, all threads of it: sharp works on another thread, and
 * what other processes take of the core is not counted. Works are taken in turn, a sample of each in every round, because on
 * a shared machine the minutes differ by more than the works do: compare the figures of one run only.
 * Photographs: those that nobody has tuned for, and one of each kind of the mix.
 */
import sharp from 'sharp';
import { readImageHeader, type ImageHeader } from '../../src/image/header.ts';
import type { Decoder, Preprocess } from '../../src/thread/load.ts';
import type { TensorSpec } from '../../src/tensor/tensor.ts';
import { ImageStage } from '../../workers/image/decode.ts';
import { Resampler } from '../../workers/image/resample.ts';
import { regionOf, Turbo } from '../../workers/image/turbo.ts';
import { mixOfSizes, unseen } from '../../tools/photographs/sets.ts';
import type { Micro } from '../record/results.ts';
import type { Work } from './timing.ts';

interface Picture {
  readonly name: string;
  readonly bytes: Buffer;
  readonly header: ImageHeader;
}

const PREPROCESS: Preprocess = { resize: 256, crop: 224, filter: 'bicubic' };
const MARGIN = (256 - 224) / 2;
const BYTES: TensorSpec = { name: 'image', datatype: 'UINT8', shape: [224, 224, 3] };
const FLOATS: TensorSpec = { name: 'image', datatype: 'FP32', shape: [3, 224, 224] };
const KINDS = ['web-1', '1mp-1', '1mp-progressive', '3mp-1', '12mp-1', 'web-png'];
const MAX_PIXELS = 50_000_000;
const MEBIBYTE = 1024 * 1024;
const NS_PER_US = 1000;

/** Nanoseconds for one photograph: 21 samples of each work, or 5 when quick. Some ten seconds. */
export async function imageMicro(quick: boolean): Promise<Micro[]> {
  // Before the first stage is made: it leaves sharp only what the server needs, which makes no photographs.
  const ordinary = (await unseen()).map(read);
  const mix = (await mixOfSizes()).map(read);
  sharp.cache(false);
  sharp.concurrency(1);
  const works = [
    ...(await parts(ordinary)),
    ...(await whole('ordinary photographs', ordinary)),
    await floats(ordinary),
  ];
  for (const kind of KINDS) {
    const of = mix.filter(({ name }) => name.startsWith(`${kind}.`));
    works.push(...(await whole(of[0]?.name ?? kind, of)));
  }
  return inTurn(works, quick);
}

function read({ name, bytes }: { name: string; bytes: Buffer }): Picture {
  const header = readImageHeader(bytes);
  if ('code' in header) throw new Error(`${name}: ${header.detail}`);
  return { name, bytes, header };
}

/** The two halves of the fast path, each on its own. */
async function parts(pictures: readonly Picture[]): Promise<Work[]> {
  const turbo = await Turbo.open();
  if (turbo === undefined) return [];
  const prepared = pictures.map(({ bytes, header }) => {
    const resampler = new Resampler(64 * MEBIBYTE);
    resampler.begin(224 * 224 * 3, PREPROCESS);
    const { width, height } = header;
    const region = regionOf(bytes, width, height, resampler.windowOf(width, height));
    const room = resampler.room(width, height, region);
    const decode = (): unknown => turbo.decode(bytes, header, 1, region, room.bytes);
    return { decode, resample: () => resampler.scaleRoom(room, resampler.batchAddress) };
  });
  const each = pictures.length;
  return [
    { name: 'image: decode, ordinary photographs', each, call: () => prepared.map(({ decode }) => decode()) },
    {
      name: 'image: resample, ordinary photographs',
      each,
      call: () => prepared.map(({ resample }) => resample()),
    },
  ];
}

/** The same images as planes of normalised floats. */
async function floats(pictures: readonly Picture[]): Promise<Work> {
  const call = await placing(pictures, FLOATS, 'turbo');
  return { name: 'image: place as floats, ordinary photographs', each: pictures.length, call };
}

/** From the file to the crop. */
async function whole(what: string, pictures: readonly Picture[]): Promise<Work[]> {
  const each = pictures.length;
  const withSharp = async (): Promise<void> => {
    for (const { bytes } of pictures) {
      await sharp(bytes)
        .resize(PREPROCESS.resize, PREPROCESS.resize, { fit: 'cover', kernel: 'cubic' })
        .extract({ left: MARGIN, top: MARGIN, width: PREPROCESS.crop, height: PREPROCESS.crop })
        .raw()
        .toBuffer();
    }
  };
  return [
    { name: `image: place, ${what}`, each, call: await placing(pictures, BYTES, 'turbo') },
    { name: `image: place exactly, ${what}`, each, call: await placing(pictures, BYTES, 'exact') },
    { name: `image: sharp's own pipeline, ${what}`, each, call: withSharp },
  ];
}

async function placing(
  pictures: readonly Picture[],
  input: TensorSpec,
  decoder: Decoder,
): Promise<() => Promise<void>> {
  const stage = await ImageStage.create({ decoder, maxImagePixels: MAX_PIXELS });
  stage.begin(1, input, PREPROCESS);
  return async () => {
    for (const { bytes, header } of pictures) {
      const placed = stage.place(0, bytes, header);
      const failure = placed instanceof Promise ? await placed : placed;
      if (failure !== undefined) throw new Error(failure.detail);
    }
  };
}

async function inTurn(works: readonly Work[], quick: boolean): Promise<Micro[]> {
  const sampleUs = quick ? 4000 : 20_000;
  const turns = works.map((work) => ({ work, calls: 1, ns: [] as number[] }));
  for (let round = quick ? -2 : -4; round < (quick ? 5 : 21); round++) {
    for (const turn of turns) {
      const { call, each = 1 } = turn.work;
      const before = process.cpuUsage();
      for (let left = turn.calls; left > 0; left--) await call();
      const { user, system } = process.cpuUsage(before);
      // The first rounds warm up, and find out how many calls fill a sample.
      if (round < 0) turn.calls = Math.max(1, Math.ceil((turn.calls * sampleUs) / (user + system + 1)));
      else turn.ns.push(((user + system) * NS_PER_US) / (turn.calls * each));
    }
  }
  return turns.map(({ work, ns }) => ({ name: work.name, ns }));
}
