/**
 * The environment of a trainer. It is code that reads what clients have sent: it gets what a program needs to run, what
 * pipeline.json gives it, and none of what the pipeline itself was given, which holds keys of the server and of the store.
 * Pure.
 */
import type { TrainSettings } from '../settings/load.ts';

/** Where the trainer reads and writes. Paths are absolute. */
export interface TrainFolders {
  /** An empty folder for model.onnx and what belongs to it. */
  readonly out: string;
  /** A folder of the run, the home of the trainer. */
  readonly home: string;
  /** The version that answers now. */
  readonly champion: string;
  /** Labelled inputs; undefined where pipeline.json says nothing of data. */
  readonly data: string | undefined;
}

/** Passed without being asked for. */
const USUAL = ['PATH', 'LANG', 'LC_ALL', 'TZ'];

export function environmentOf(
  { env, pass }: Pick<TrainSettings, 'env' | 'pass'>,
  { out, home, champion, data }: TrainFolders,
  own: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const passed = [...USUAL, ...pass].flatMap((name) => {
    const value = own[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(passed),
    // Not that of the pipeline, in which credentials of clouds lie.
    HOME: home,
    TMPDIR: home,
    ...env,
    TRAIN_OUT: out,
    TRAIN_CHAMPION: champion,
    ...(data !== undefined && { TRAIN_DATA: data }),
  };
}
