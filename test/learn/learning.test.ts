/** docs/learning.md from its first command to its last, as a reader types them, in a folder and on a port of the test's own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { environmentOf } from '../../src/python/environment.ts';
import { freePort } from '../../tools/process/free-port.ts';
import { ROOT } from '../cli/ortolan.ts';
import { unlessLacking } from '../clients/program.ts';

// Packages are installed the first time, and a canary is watched.
t.setTimeout(0);

const { value: bin, skip } = await unlessLacking(() =>
  environmentOf(join(ROOT, 'models/retrain'), 'retrain', ['3.11', '3.12', '3.13']),
);

t.test(
  'a model is served, watched, labelled, trained again, promoted, taken back and shipped',
  { skip },
  async (t) => {
    const folder = t.testdir();
    symlinkSync(dirname(bin!), join(folder, 'python')); // The packages are those that its first commands would install.
    const text = readFileSync(join(ROOT, 'docs/learning.md'), 'utf8');
    const commands = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block);
    const script = join(folder, 'learning.sh');
    writeFileSync(
      script,
      ['set -eu', "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT", ...commands].join('\n'),
    );
    const port = String(await freePort());
    const env = { PATH: process.env['PATH'], W: folder, S: `http://127.0.0.1:${port}`, ORTOLAN_PORT: port };
    const shell = spawn('bash', [script], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    shell.stdout.setEncoding('utf8').on('data', (piece: string) => (out += piece));
    shell.stderr.setEncoding('utf8').on('data', (piece: string) => (err += piece));
    await once(shell, 'close');
    t.equal(shell.exitCode, 0, 'every command succeeds', shell.exitCode === 0 ? {} : { out, err });
    const shares = [...out.matchAll(/^version (\d): \d+ of \d+ right \(([\d.]+) %\)$/gm)];
    const [before, pushed, after, back] = shares.map(([, version, share]) => ({
      version,
      share: Number(share),
    }));
    t.equal(before?.version, '1');
    t.ok(pushed!.share < before!.share - 20, 'a camera that is pushed is worse for the first version');
    t.equal(after?.version, '2', 'the one that was trained on the labels answers');
    t.ok(after!.share > 90, 'and is right about pictures that it has not seen');
    t.equal(back?.version, '1', 'the first version answers again after one command');
  },
);
