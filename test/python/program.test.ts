/** Any program that talks in lines will do: this one is a shell. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ProgramRefused, resultOf, saidIn } from '../../src/python/program.ts';

function calling(t: Test, script: string, more: { signal?: AbortSignal } = {}) {
  const program = join(t.testdir({ 'program.sh': script }), 'program.sh');
  const steps: string[] = [];
  const onStep = (step: string, done: number, of: number): void => void steps.push(`${step} ${done}/${of}`);
  return { steps, result: resultOf({ python: '/bin/sh', program, task: { a: 1 }, onStep, ...more }) };
}

t.test('steps are told as they come, and the result is the last line', async (t) => {
  const { steps, result } = calling(
    t,
    `echo 'a library talks'; echo '{"step": "one", "done": 1, "of": 2}'; echo '{"step": "two"}'; echo "{\\"result\\": {\\"task\\": $1}}"`,
  );
  t.same(await result, { task: { a: 1 } });
  t.same(steps, ['one 1/2', 'two 0/0']);
});

t.test('a refusal is a sentence, and a failure has what was said', async (t) => {
  await t.rejects(
    calling(t, `echo '{"refused": "It cannot be."}'; exit 3`).result,
    new ProgramRefused('It cannot be.'),
  );
  await t.rejects(calling(t, 'echo oh >&2; exit 1').result, /has failed: oh/);
  await t.rejects(calling(t, `echo '{"result": {}}'; exit 1`).result, /ended with 1/);
  await t.rejects(calling(t, 'true').result, /ended with 0/);
});

t.test('it is ended when it is told to stop', async (t) => {
  const stop = new AbortController();
  const { result } = calling(t, 'echo \'{"step": "one"}\'; exec sleep 1000', { signal: stop.signal });
  const ended = t.rejects(result, { name: 'AbortError' });
  stop.abort();
  await ended;
});

t.test('other lines mean nothing', (t) => {
  for (const line of ['', '{', '[1]', '{"a": 1}', '{"step": 1}', '{"result": null}', 'text {"step": "a"}'])
    t.same(saidIn(line), {}, line);
  t.same(saidIn('{"step": "a", "done": "x"}'), { step: 'a', done: 0, of: 0 });
  t.end();
});
