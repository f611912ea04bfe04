/**
 * Watches a canary until something is proved. Two guards watch: the server's own (errors, latency, disagreement), which sends the
 * traffic back by itself, and the accuracy by feedback, which is judged here. After both have passed, the canary gets its next share,
 * and is promoted after the last one.
 */
import type { Context, Step } from '../context.ts';
import { feedbackVerdict, type FeedbackVerdict } from '../guard-feedback.ts';
import type { Measured, StepFacts } from '../journal/facts.ts';
import type { Run } from '../journal/progress.ts';
import { patiently } from '../patience.ts';
import { pause } from '../pause.ts';
import { measuredOf } from '../server/accuracy.ts';
import type { ServedTraffic } from '../server/served.ts';
import { canaryTraffic } from '../server/canary-traffic.ts';
import { exported } from './exported.ts';

type Verdict = StepFacts['guard'];

/** A guard checks once an interval; the pipeline looks more often, so that it is told soon. */
const LOOK_MS = 5000;

export const guard: Step<'guard'> = async (run, context) => {
  const { settings, clock, signal } = context;
  const looks = Math.min(LOOK_MS, settings.canary.guard.intervalMs ?? LOOK_MS);
  const watch = new Watch(run, context);
  for (;;) {
    const verdict = await patiently(context, () => watch.look());
    if (verdict !== undefined) return verdict;
    await pause(clock, looks, signal);
  }
};

class Watch {
  readonly #run: Run;
  readonly #context: Context;
  /** Percent of the requests. */
  #weight: number;

  constructor(run: Run, context: Context) {
    this.#run = run;
    this.#context = context;
    this.#weight = run.weight ?? context.settings.canary.weights[0]!;
  }

  /** Undefined: nothing is proved yet. @throws PipelineError */
  async look(): Promise<Verdict | undefined> {
    const { served, signal, settings, now } = this.#context;
    const { version } = exported(this.#run);
    const traffic = await served.traffic(signal);
    const decided = decidedElsewhere(traffic, version);
    if (decided !== undefined) return decided;
    const feedback = await this.#feedback();
    if (feedback?.verdict === 'fail') return { verdict: 'rollback', says: feedback.says };
    if (!isWatched(traffic, version)) return this.#setAgain();
    const judged = traffic.guard?.judged.find((one) => one.version === version);
    const passed = judged?.verdict === 'pass' && traffic.state !== 'held';
    if (passed && this.#next !== undefined) return this.#advance(this.#next);
    if (passed && (feedback === undefined || feedback.verdict === 'pass'))
      return { verdict: 'promote', says: saysOf(judged, feedback) };
    const { deadlineMs, atDeadline } = settings.canary;
    if (now() - this.#run.facts.load!.at < deadlineMs) return undefined;
    return { verdict: atDeadline, says: `nothing is proved in time: ${saysOf(judged, feedback)}` };
  }

  /** The share after the one that it has; undefined after the last. */
  get #next(): number | undefined {
    return this.#context.settings.canary.weights.find((weight) => weight > this.#weight);
  }

  /** Undefined where labels are not waited for. */
  async #feedback(): Promise<FeedbackVerdict | undefined> {
    const { served, signal, settings } = this.#context;
    const limits = settings.canary.feedback;
    if (limits === undefined) return undefined;
    const { version, champion } = exported(this.#run);
    const answer = await served.accuracy(signal);
    const canary = measuredOf(answer, version) ?? NONE;
    const other = sinceOf(measuredOf(answer, champion) ?? NONE, this.#run.facts.load!.champion ?? NONE);
    return feedbackVerdict(canary, other, limits);
  }

  async #advance(weight: number): Promise<undefined> {
    await this.#set(weight);
    this.#context.tell('canary.weight', { version: exported(this.#run).version, weight });
    this.#weight = weight;
    return undefined;
  }

  /** The server was started again, or somebody has set the traffic: while the version is there, the canary goes on. */
  async #setAgain(): Promise<Verdict | undefined> {
    const { served, signal } = this.#context;
    const { version } = exported(this.#run);
    const { versions } = await served.model(signal);
    const found = versions.find((one) => one.version === version);
    if (found === undefined)
      return { verdict: 'rollback', says: `version ${version} is not served any more` };
    if (found.state === 'unavailable')
      return {
        verdict: 'rollback',
        says: `version ${version} is unavailable: ${found.reason ?? 'no reason is given'}`,
      };
    if (found.state !== 'loading') await this.#set(this.#weight);
    return undefined;
  }

  async #set(weight: number): Promise<void> {
    const { served, signal, settings } = this.#context;
    const { version, champion } = exported(this.#run);
    const { traffic } = this.#run.facts.load!;
    await served.setTraffic(canaryTraffic(traffic, { champion, version, weight }, settings.canary), signal);
  }
}

const NONE: Measured = { n: 0, correct: 0 };

/** What was said of the champion since the canary began: what came before may be of another time. */
function sinceOf(now: Measured, before: Measured): Measured {
  // Old labels leave the log: what is left is the best that is known.
  if (now.n < before.n || now.correct < before.correct) return now;
  return { n: now.n - before.n, correct: Math.min(now.correct - before.correct, now.n - before.n) };
}

/** What the guard of the server, or an operator, has done with the canary. */
function decidedElsewhere(
  { state, reason, split, set_by: by }: ServedTraffic,
  version: string,
): Verdict | undefined {
  const share = split.find((one) => one.version === version)?.share ?? 0;
  if (state === 'rolled_back' && share === 0)
    return { verdict: 'rollback', says: reason ?? `rolled back by ${by}` };
  if (state === 'promoted' && share === 1) return { verdict: 'promote', says: reason ?? `promoted by ${by}` };
  return undefined;
}

const isWatched = ({ split }: ServedTraffic, version: string): boolean =>
  split.some((one) => one.version === version && one.share > 0);

type Judged = NonNullable<ServedTraffic['guard']>['judged'][number];

function saysOf(judged: Judged | undefined, feedback: FeedbackVerdict | undefined): string {
  const checks = judged?.checks.map(
    ({ check, says, n }) => `${check.replace('_', ' ')} ${says} (n ${n})`,
  ) ?? ['the guard has not checked yet'];
  return [...checks, ...(feedback === undefined ? [] : [feedback.says])].join('; ');
}
