/** The programs of docs/clients.md that use other clients print what it says. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { packed, programsOf, runProgram } from '../support/page-programs.ts';
import { startServer } from '../support/start-server.ts';
import { pythonWith, unlessLacking } from './program.ts';

const programs = programsOf(readFileSync('docs/clients.md', 'utf8')).filter(({ text }) =>
  text.includes('tritonclient'),
);

// Packages are installed the first time.
t.setTimeout(0);
const { value: python, skip } = await unlessLacking(() => pythonWith('tritonclient'));
t.equal(programs.length, 1);
for (const program of programs) {
  t.test(program.name, { skip }, async (t) => {
    const { port } = await startServer(t);
    const { out, err } = await runProgram(t, program, port, python);
    t.equal(packed(out), packed(program.prints), err);
  });
}
