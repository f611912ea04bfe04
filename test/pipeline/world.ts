/**
 * A pipeline with a server of a few lines, and the real journal, lock and files. Time passes whenever somebody waits.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Clock } from '../../src/clock.ts';
import type { RunCommand } from '../../src/pipeline/command.ts';
import type { Job } from '../../src/pipeline/job/job.ts';
import { Pipeline, type Wish } from '../../src/pipeline/pipeline.ts';
import type { Ended } from '../../src/pipeline/run.ts';
import type { PipelineSettings } from '../../src/pipeline/settings/load.ts';
import { RUN_STEPS } from '../../src/pipeline/steps/steps.ts';
import { accuracy, FakeServed, pipelineFolder, writeCandidate } from './fixture.ts';

export const BY_COMMAND: Wish = { trigger: 'command', reason: 'by command' };

/** Time passes whenever somebody waits. */
class EagerClock implements Clock {
  ms = Date.UTC(2026, 11, 1);

  now(): number {
    return this.ms;
  }

  after(ms: number, task: () => void): () => void {
    // The beat of the lock would go on for ever.
    if (ms === 10_000) return () => undefined;
    let wanted = true;
    setImmediate(() => {
      if (!wanted) return;
      this.ms += ms;
      task();
    });
    return () => (wanted = false);
  }
}

export interface World {
  readonly settings: PipelineSettings;
  readonly served: FakeServed;
  readonly clock: EagerClock;
  readonly said: string[];
  readonly job: Job & { runs: number };
  /** How commands end. */
  gate: (args: readonly string[]) => number;
  readonly commands: string[];
}

export function worldOf(t: Test, changes: object = {}, config: object = {}): World {
  const settings = pipelineFolder(t, changes, config);
  const job: World['job'] = {
    kind: 'process',
    outlives: false,
    runs: 0,
    run: ({ env }) => {
      job.runs++;
      writeCandidate(env['TRAIN_OUT']!);
      return Promise.resolve();
    },
  };
  const served = new FakeServed(settings);
  return { settings, served, clock: new EagerClock(), said: [], job, gate: () => 0, commands: [] };
}

export function opened(world: World, signal: AbortSignal = new AbortController().signal): Pipeline {
  const { settings, served, clock, said, job, commands } = world;
  const command: RunCommand = ({ args }) => {
    commands.push(args.slice(0, 3).join(' '));
    const code = world.gate(args);
    return Promise.resolve({ code, out: '', err: code === 0 ? '' : 'ortolan: Refused. It is worse.' });
  };
  const steps = RUN_STEPS;
  const say = (sentence: string): void => void said.push(sentence);
  return new Pipeline({
    settings,
    served,
    job,
    command,
    steps,
    clock,
    now: () => clock.ms,
    env: {},
    signal,
    say,
  });
}

export async function run(world: World): Promise<Ended> {
  const pipeline = opened(world);
  try {
    return await pipeline.run(BY_COMMAND);
  } finally {
    await pipeline.close();
  }
}

export const folderOf = ({ settings: { models, model } }: World): string => join(models, model);
export const filesOf = (world: World): string[] => readdirSync(folderOf(world)).sort();
export const modelJson = (world: World): unknown =>
  JSON.parse(readFileSync(join(folderOf(world), 'model.json'), 'utf8'));
/** What is left beside the model. */
export const beside = ({ settings: { models } }: World): string[] =>
  readdirSync(models).filter((name) => name.startsWith('.'));

/** Labels that are there before a canary, and those after some came with it. */
export function labels(
  { served }: World,
  before: Parameters<typeof accuracy>[0],
  after: Parameters<typeof accuracy>[0],
): void {
  served.said = () => accuracy(served.settings['split'] === undefined ? before : after);
}
