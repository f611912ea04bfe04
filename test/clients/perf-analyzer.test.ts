/** perf_analyzer, unchanged, with the server set as docs/clients.md says for load tests: nothing is refused. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { perfAnalyzer } from './perf-analyzer.ts';
import { pythonWith, serverForClients, textOf, unlessLacking } from './program.ts';

/** The setting that docs/clients.md gives: no forecast, no queue and no deadline refuses. */
const FOR_LOAD_TESTS = /^bin\/ortolan serve (.*)$/m
  .exec(readFileSync('docs/clients.md', 'utf8'))![1]!
  .split(' ');
/** Short windows, and figures that may differ by what they will: it is to measure, not to find something out. */
const MEASURED = ['--measurement-mode', 'count_windows', '--measurement-request-count', '40', '-s', '999'];

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
  'requests in flight, without a thread for each': ['-m', 'net', '--async', '--concurrency-range', '8'],
  'rows at a rate': ['-m', 'net', '--request-rate-range', '200'],
  'several rows to a request': ['-m', 'sum', '-b', '4'],
  'JSON both ways': ['-m', 'net', '--input-tensor-format', 'json', '--output-tensor-format', 'json'],
  'no batch dimension': ['-m', 'whole'],
  'a shape of its own': ['-m', 'wide', '--shape', 'x:1000'],
  'pixels, more in flight than can be answered soon': ['-m', 'photos', '--concurrency-range', '64'],
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
  t.match(text, /There is nothing at this path/);
});

t.test('perf_analyzer says that there is no gRPC', { skip }, async (t) => {
  const address = await serverForClients(t, FOR_LOAD_TESTS);
  const { code, text } = await analyzed(command!, address, ['-m', 'net', '-i', 'grpc']);
  t.not(code, 0);
  t.match(text, /failed to connect/);
});
