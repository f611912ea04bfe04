/**
 * What is wrong with a workflow of GitHub Actions, by the rules of this repository: actions pinned by commit, as few
 * permissions as reading needs, no secret, nothing published, every job bounded, and `make` for everything that is checked.
 */
import { parse } from 'yaml';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly steps?: readonly Step[];
  readonly permissions?: unknown;
  readonly 'timeout-minutes'?: number;
  readonly strategy?: { readonly matrix?: Readonly<Record<string, unknown>> };
}

export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

export const read = (text: string): Workflow => parse(text) as Workflow;

const stepsOf = (workflow: Workflow): (Step & { job: string })[] =>
  Object.entries(workflow.jobs).flatMap(([job, { steps = [] }]) => steps.map((step) => ({ ...step, job })));

/** Verbs that the steps run: `make check` is `check`. */
export const verbsOf = (workflow: Workflow): string[] =>
  stepsOf(workflow).flatMap(({ run = '' }) => [...run.matchAll(/\bmake ([\w-]+)/g)].map(([, verb]) => verb!));

/** Whole words that give something away or send something out. */
const PUBLISHING = [
  /\bsecrets\b/,
  /\bpull_request_target\b/,
  /\bworkflow_run\b/,
  /\blogin-action\b/,
  /\bpush: *true\b/,
  /type=registry/,
  /\b(docker|podman|buildah) push\b/,
  /\bnpm publish\b/,
  /\bgh (release|api)\b/,
  /: *write(-all)?\b/,
];

/** Sentences; none when all is well. `verbs`: those of the Makefile. */
export function faultsOf(text: string, verbs: ReadonlySet<string>): string[] {
  const workflow = read(text);
  const faults: string[] = [];
  const code = text.replaceAll(/^ *#.*$/gm, '');
  for (const pattern of PUBLISHING) if (pattern.test(code)) faults.push(`it says ${pattern.source}`);
  if (JSON.stringify(workflow.permissions) !== '{"contents":"read"}') faults.push('it may do more than read');
  if (workflow.concurrency === undefined) faults.push('it has no concurrency group');
  for (const [name, job] of Object.entries(workflow.jobs)) {
    if (job.permissions !== undefined) faults.push(`${name} has permissions of its own`);
    if (!(Number(job['timeout-minutes']) <= 60)) faults.push(`${name} may run for more than an hour`);
  }
  for (const { uses, run, job, with: given = {} } of stepsOf(workflow)) {
    if (uses !== undefined)
      faults.push(...faultsOfAction(text, uses, given).map((fault) => `${job}: ${fault}`));
    // What a stranger writes into a title or a branch name would be run as a command.
    if (run?.includes('${{')) faults.push(`${job}: a value of the event is pasted into a command`);
  }
  for (const verb of verbsOf(workflow)) if (!verbs.has(verb)) faults.push(`there is no verb ${verb}`);
  return faults;
}

function faultsOfAction(text: string, uses: string, given: Readonly<Record<string, unknown>>): string[] {
  const faults: string[] = [];
  if (!/^[\w-]+\/[\w./-]+@[0-9a-f]{40}$/.test(uses)) faults.push(`${uses} is not pinned by a commit`);
  const versions = [...text.matchAll(/uses: (\S+)(.*)$/gm)].filter(([, name]) => name === uses);
  if (!versions.every(([, , rest]) => /^ # v\d+\.\d+\.\d+$/.test(rest!)))
    faults.push(`${uses} does not name its version`);
  if (uses.startsWith('actions/checkout@') && given['persist-credentials'] !== false)
    faults.push('the token is left behind');
  if (uses.startsWith('docker/build-push-action@') && given['push'] !== false)
    faults.push('the image may be pushed');
  return faults;
}
