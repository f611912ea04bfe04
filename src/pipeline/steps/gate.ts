/**
 * Judges the candidate by the champion, on data that the trainer has not seen: `ortolan models gate` in a process of its own, which is
 * given none of the pipeline's secrets, since it runs what the trainer has made.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../command.ts';
import type { Step } from '../context.ts';
import { PipelineError } from '../pipeline-error.ts';
import { isThere, putText } from '../release/files.ts';
import { stagedModel, stagedModels } from '../release/stage.ts';
import { runFolder } from '../run-folder.ts';
import type { GateSettings } from '../settings/load.ts';
import { placeOf, exported } from './exported.ts';

/** The command ends so when it has judged, and refuses. */
const REFUSED = 3;

export const gate: Step<'gate'> = async (run, { settings, command, env, signal }) => {
  const place = placeOf(run, settings);
  const { version, champion } = exported(run);
  const { report } = runFolder(settings.state, run.id);
  const end = await command({
    args: [
      ...['models', 'gate', settings.model, '--models', stagedModels(place)],
      ...['--champion', champion, '--challenger', version, '--report', report],
      ...flagsOf(settings.gate),
    ],
    env: withoutSecrets(env),
    deadlineMs: settings.gate.deadlineMs,
    signal,
  });
  if (end.code !== 0 && end.code !== REFUSED)
    throw new PipelineError(`the candidate could not be judged: ${reasonOf(end)}`);
  const text = (await isThere(report)) ? await readFile(report, 'utf8') : '';
  const says = saysOf(text);
  const passed = end.code === 0;
  if (!passed) return { passed, says: says.length > 0 ? says : [reasonOf(end)] };
  // A server shows it with the version; a signature covers it.
  if (text !== '') await putText(text, join(stagedModel(place), version, 'report.json'));
  return { passed, says };
};

function flagsOf({ held, minAccuracy, maxDrop, maxClassDrop, minAgreement }: GateSettings): string[] {
  const limits = [
    ['--min-accuracy', minAccuracy],
    ['--max-drop', maxDrop],
    ['--max-class-drop', maxClassDrop],
    ['--min-agreement', minAgreement],
  ] as const;
  return [
    ...(held.kind === 'images' ? ['--images', held.path] : ['--data', held.path]),
    ...limits.flatMap(([flag, limit]) => (limit === undefined ? [] : [flag, String(limit)])),
  ];
}

/** What a program needs to start, and settings of the runtime; no variable that could hold a key. */
const NEEDED =
  /^(PATH|HOME|LANG|LC_ALL|TZ|TMPDIR|NODE_.*|UV_.*|ORT_.*|OMP_.*|CUDA_.*|LD_LIBRARY_PATH|ORTOLAN_(CACHE_DIR|DEVICE|DEVICE_FALLBACK))$/;

const withoutSecrets = (
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => NEEDED.test(name)));

/** The sentences of a report: why it was refused, else what was found. */
function saysOf(text: string): readonly string[] {
  try {
    const { gate: found } = JSON.parse(text) as { gate?: Found };
    if (found === undefined) return [];
    if ((found.refusals ?? []).length > 0) return found.refusals!;
    const { accuracy, agreement, examples } = found;
    const n = examples?.n ?? agreement?.n ?? 0;
    if (accuracy !== undefined)
      return [
        `accuracy ${percent(accuracy.champion.share)} before, ${percent(accuracy.challenger.share)} now, of ${n} held out`,
      ];
    return agreement === undefined
      ? []
      : [`answers as the champion in ${percent(agreement.share)} of ${n} held out`];
  } catch {
    return [];
  }
}

/** What is read of the report of the gate: src/repository/report.ts. */
interface Found {
  readonly refusals?: readonly string[];
  readonly examples?: { readonly n: number };
  readonly agreement?: { readonly share: number; readonly n: number };
  readonly accuracy?: {
    readonly champion: { readonly share: number };
    readonly challenger: { readonly share: number };
  };
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
