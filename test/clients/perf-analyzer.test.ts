/** perf_analyzer, unchanged, with the server set as docs/clients.md says for load tests: nothing is refused. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { perfAnalyzer } from './perf-analyzer.ts';
import { pythonWith, serverForClients, textOf, unlessLacking } from './program.ts';

/** Of docs/clients.md: no forecast, no queue and no deadline refuses. */
const FOR_LOAD_TESTS = { sloP99Ms: 600_000, maxTimeoutMs: 600_000, maxQueueRows: 100_000 };
/** Windows as short as its figures are steady, and no more than three of them. */
const MEASURED = ['--measurement-mode', 'count_windows', '--measurement-request-count', '40', '-s', '90'];

interface Report {
  readonly code: number | null;
  readonly text: string;
}

// Packages are installed the first time.
t.setTimeout(0);
const { value: command, skip } = await unlessLacking(async () =>
  perfAnalyzer(await pythonWith('tritonclient')),
);

async function analyzed(
  command: readonly string[],
  address: string,
  args: readonly string[],
): Promise<Report> {
  const [program, ...first] = command;
  const child = spawn(program!, [...first, '-u', address, ...MEASURED, ...args]);
  const [out, said] = [textOf(child.stdout), textOf(child.stderr)];
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text: out() + said() };
}

/** It measured, and the server's own figures came with it. */
function complete(t: Test, { code, text }: Report): void {
  t.comment(text);
  t.equal(code, 0);
  t.match(text, /Client: \n\s+Request count: [1-9]/);
  t.match(text, /Server: \n\s+Inference count: [1-9]\d*\n\s+Execution count: [1-9]\d*\n/);
  t.match(text, /Avg request latency: [1-9]\d* usec/);
}

const RUNS: Readonly<Record<string, readonly string[]>> = {
  'requests in flight': ['-m', 'net', '--concurrency-range', '1:4:3'],
  'requests in flight, by asyncio-like calls': ['-m', 'net', '--async', '--concurrency-range', '8'],
  'rows at a rate': ['-m', 'net', '--request-rate-range', '200'],
  'several rows to a request': ['-m', 'sum', '-b', '4'],
  'JSON both ways': ['-m', 'net', '--input-tensor-format', 'json', '--output-tensor-format', 'json'],
  'a shape of its own': ['-m', 'wide', '--shape', 'x:1000'],
  photographs: ['-m', 'photos', '--concurrency-range', '8'],
};

t.test('perf_analyzer measures to the end', { skip }, async (t) => {
  const address = await serverForClients(t, FOR_LOAD_TESTS);
  for (const [name, args] of Object.entries(RUNS)) {
    await t.test(name, async (t) => complete(t, await analyzed(command!, address, args)));
  }
});

t.test('perf_analyzer shows the sentence for shared memory, which there is not', { skip }, async (t) => {
  const address = await serverForClients(t, FOR_LOAD_TESTS);
  const { code, text } = await analyzed(command!, address, ['-m', 'net', '--shared-memory', 'system']);
  t.not(code, 0);
  t.match(text, /shared memory/i);
  t.comment(text);
});
