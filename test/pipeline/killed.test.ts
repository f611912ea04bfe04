/** A pipeline that is killed at every place at which it can be, one after the other, and what the next one makes of it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { JOURNAL_FILE, readJournal } from '../../src/pipeline/journal/journal.ts';
import { runsOf } from '../../src/pipeline/journal/progress.ts';
import type { Ended } from '../../src/pipeline/run.ts';
import { beside, BY_COMMAND, filesOf, labels, opened, run, worldOf, type World } from './world.ts';

class Killed extends Error {}

/** Runs until the `at`-th place at which the process may die, and dies there; returns undefined when there are fewer. */
async function killedAt(world: World, at: number): Promise<Ended | undefined> {
  let places = 0;
  const die = (): void => {
    if (++places === at) throw new Killed();
  };
  world.served.before = die;
  const file = join(world.settings.state, JOURNAL_FILE);
  const pipeline = opened(world);
  // What is on the disk stays, whatever the process would have done next.
  const size = (): number => (existsSync(file) ? readFileSync(file).length : 0);
  let before = size();
  Object.assign(world.clock, {
    now() {
      const after = size();
      if (after !== before) {
        before = after;
        die();
      }
      return world.clock.ms;
    },
  });
  try {
    return await pipeline.run(BY_COMMAND);
  } catch (error) {
    if (error instanceof Killed) return undefined;
    throw error;
  } finally {
    world.served.before = () => undefined;
    await pipeline.close();
  }
}

for (const good of [true, false]) {
  t.test(
    `a pipeline that is killed anywhere ends as one that was not: ${good ? 'promoted' : 'rolled back'}`,
    async (t) => {
      const prepared = (): World => {
        const world = worldOf(t, {
          canary: { weights: good ? [10, 50] : [10], feedback: { minLabels: 30, maxLoss: 0.2 } },
        });
        labels(world, {}, { 1: [800, 1000], 2: good ? [800, 1000] : [400, 1000] });
        return world;
      };
      let at = 1;
      for (; ; at++) {
        const world = prepared();
        const whole = await killedAt(world, at);
        const ended = whole ?? (await run(world));
        const expected = good ? 'promoted' : 'rolled_back';
        t.equal(ended.outcome, expected, `killed at ${at}`);
        t.strictSame(
          filesOf(world),
          good ? ['1', '2', 'model.json'] : ['1', 'model.json'],
          `files, killed at ${at}`,
        );
        t.strictSame(beside(world), [], `nothing beside the model, killed at ${at}`);
        t.equal(world.served.defaultVersion, good ? '2' : '1');
        t.strictSame(world.served.settings, {});
        t.equal(runsOf(readJournal(world.settings.state).events).length, 1, `one run, killed at ${at}`);
        if (whole !== undefined) break;
      }
      t.ok(at >= 20, `${at} places`);
    },
  );
}
