/** One run: sections in order, each written when it is done, then the report. A section that fails does not end it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Context, type Section } from './context.ts';
import type { Form } from './form.ts';
import { disturbance, machine, sources } from './machine.ts';
import { Progress } from './progress.ts';
import { ROOT } from '../../tools/process/ortolan.ts';
import { Store } from '../record/store.ts';

export interface Run {
  readonly form: Form;
  readonly part?: 'peers';
  /** In this order: later ones use what earlier ones have measured. */
  readonly sections: readonly Section[];
  readonly wanted: (section: string) => boolean;
  /** Names of sections that this form does not measure: the results say so. */
  readonly leftOut?: readonly string[];
  /** Versions beside those of our own packages. */
  readonly versions?: Readonly<Record<string, string>>;
  readonly report: boolean;
}

/** Goes on with a run of the same commit and form that was cut off. Sets the exit code of the report. */
export async function runSections(run: Run): Promise<void> {
  const { form, part, sections, wanted, leftOut = [] } = run;
  const here = machine();
  const disturbed = disturbance();
  const store = Store.open(join(ROOT, 'bench/results'), {
    form: form.name,
    ...(part === undefined ? {} : { part }),
    startedAt: new Date().toISOString(),
    ...sources(),
    machine: { ...here, versions: { ...here.versions, ...run.versions } },
  });
  const progress = new Progress();
  const context = await Context.create(form, progress, store.results);
  if (disturbed !== undefined) context.skip('a quiet machine', disturbed);
  for (const name of leftOut) context.skip(name, `a ${form.name} run leaves it out`);
  try {
    for (const section of sections) {
      if (store.isDone(section.name)) progress.say(`${section.name}: done before`);
      if (store.isDone(section.name) || !wanted(section.name)) continue;
      progress.begin(section.name, section.steps(form));
      context.results = store.results;
      const rows = (await context.attempt(section.name, () => section.run(context))) ?? {};
      store.add(section.name, { ...rows, skipped: context.takeSkipped() });
      progress.end();
    }
  } finally {
    progress.close();
    await context.generator.stop();
  }
  if (sections.every(({ name }) => store.isDone(name))) store.finish();
  console.error(`Results: ${store.file}`);
  if (!run.report) return;
  const report = join(ROOT, 'bench/report/write.ts');
  const { status } = spawnSync(process.execPath, [report, store.file], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
