/**
 * The target litert of `ortolan models bundle`: converts the version, has the bundle answer held-out images, and puts it in place only
 * when the gate lets it pass. What is refused leaves nothing behind.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { arch, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { BundleError } from '../../../bundle/bundle-error.ts';
import { BundleFolder, type BundledFile } from '../../../bundle/folder.ts';
import { addLite, liteManifest, MOST_DIFFERENCE, pythonFor, requireLite, type LiteAnswers } from '../../../bundle/litert.ts';
import type { Config } from '../../../config/schema.ts';
import { digestOf, type Examples } from '../../../examples/examples.ts';
import { isLabelled, NONE } from '../../../gate/comparison.ts';
import { reportOf } from '../../../gate/gate.ts';
import { limitsOf, type AskedLimits } from '../../../gate/limits.ts';
import { unattainable } from '../../../gate/verdict.ts';
import { EnvironmentLack } from '../../../python/environment.ts';
import { contentDigest } from '../../../repository/digest.ts';
import { REPORT_FILE, type Report } from '../../../repository/report.ts';
import type { ModelEntry, VersionEntry } from '../../../repository/repository.ts';
import { CliError } from '../../cli-error.ts';
import type { Terminal } from '../../terminal.ts';
import { requirePassed } from '../gate/gate.ts';
import { textOf } from '../gate/text.ts';
import { showSteps } from '../steps.ts';

export interface LiteBundle {
  readonly entry: ModelEntry;
  readonly version: VersionEntry;
  /** Absolute. */
  readonly out: string;
  /** Held out: the model was not made with them. */
  readonly examples: Examples;
  readonly asked: AskedLimits;
  readonly config: Config;
}

/** Returns the files of the bundle. @throws CliError with exit code 3 when it is refused; BundleError */
export async function writeLite(bundle: LiteBundle, terminal: Terminal): Promise<readonly BundledFile[]> {
  const { entry, version, examples, asked } = bundle;
  requireLite(entry, version);
  const reason = unattainable(examples.items.length, limitsOf(asked, isLabelled(examples.items)));
  if (reason !== undefined) throw new CliError(1, reason);
  const folder = await BundleFolder.at(bundle.out);
  const steps = showSteps(terminal);
  const scratch = await mkdtemp(join(tmpdir(), 'ortolan-lite-'));
  try {
    const python = await pythonFor((place) => steps.at(`making the environment of Python in ${place}, once`, 0, 0));
    const files = await writeExamples(examples, scratch);
    const answers = await addLite(folder, { entry, version, examples: files, python, onStep: (...step) => steps.at(...step) });
    const report = await judged(bundle, answers);
    steps.stop();
    terminal.out(textOf(report));
    if (answers.differs > MOST_DIFFERENCE)
      throw new CliError(
        3,
        `Refused. The .tflite is another model: a probability differs by ${answers.differs.toPrecision(2)}, and ${MOST_DIFFERENCE} is the most.`,
      );
    requirePassed(report);
    await folder.add(REPORT_FILE, `${JSON.stringify(report, null, 2)}\n`);
    const all = [...folder.files];
    await folder.put('bundle.json', `${JSON.stringify(liteManifest(entry, version, all), null, 2)}\n`);
    await folder.finish();
    return all;
  } catch (error) {
    await folder.abandon();
    if (error instanceof EnvironmentLack)
      throw new BundleError(`A bundle for LiteRT needs Python, and ${error.message}: install Python 3.12 with its venv, and reach a package index once.`);
    throw error;
  } finally {
    steps.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The script of the bundle reads files. */
async function writeExamples({ items }: Examples, folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const [index, item] of items.entries()) {
    const payload = await item.payload([]);
    if (payload.kind !== 'image') throw new BundleError(`${item.name} is no image.`);
    const file = join(folder, String(index));
    await writeFile(file, payload.bytes);
    files.push(file);
  }
  return files;
}

/** The version answers as in the server, the .tflite as it has by its own script. */
async function judged({ entry, version, examples, asked, config }: LiteBundle, answers: LiteAnswers): Promise<Report> {
  const { answersOf } = await import('../../../root/gate.ts');
  const champion = await answersOf({ entry, file: version }, examples, { ...config, decoder: 'exact' });
  const { classes, model, ms, differs } = answers;
  return reportOf({
    answers: examples.items.map(({ label }, index) => ({
      label,
      champion: champion[index]!,
      challenger: classes[index] ?? NONE,
    })),
    champion: { name: entry.name, version: version.version, sha256: await contentDigest(version), bytes: version.bytes, msPerRow: ms.onnxruntime },
    challenger: { name: entry.name, version: 'litert', sha256: model.sha256, bytes: model.bytes, msPerRow: ms.litert },
    asked,
    examples: { kind: 'images', sha256: digestOf(examples) },
    machine: { processor: cpus()[0]?.model.trim() ?? 'unknown', architecture: arch() },
    labels: entry.labels,
    made: { how: 'litert', from: version.version, facts: { differs } },
    madeAt: new Date().toISOString(),
  });
}
