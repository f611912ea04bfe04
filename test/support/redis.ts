/** A redis-server of the test's own, where the machine has one. It is killed when the test ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Test } from 'tap';
import { freePort } from '../../tools/process/free-port.ts';
import { onPath } from '../../tools/process/on-path.ts';

export const REDIS_SERVER = onPath('redis-server');

type TestContext = Pick<Test, 'teardown'>;

export interface RedisProcess {
  readonly port: number;
  readonly child: ChildProcess;
  /** Ends it at once. */
  kill(): Promise<void>;
  /** What one command answers, as text of the protocol. */
  ask(...words: readonly string[]): Promise<string>;
}

/** Resolves when it answers. `port`: any, unless given. */
export async function startRedis(
  t: TestContext,
  { port, args = [] }: { readonly port?: number; readonly args?: readonly string[] } = {},
): Promise<RedisProcess> {
  const at = port ?? (await freePort());
  const settings = ['--port', String(at), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn(REDIS_SERVER!, [...settings, ...args], { stdio: 'ignore' });
  const ended = once(child, 'close');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  t.teardown(kill);
  const ask = (...words: readonly string[]): Promise<string> => askAt(at, words);
  while ((await ask('PING').catch(() => '')) === '') await new Promise((resolve) => setTimeout(resolve, 20));
  return { port: at, child, kill, ask };
}

/** Sends one command on a connection of its own, and gives what comes back. */
function askAt(port: number, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.once('error', reject);
    socket.once('close', () => resolve(text));
    const command = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('');
    socket.end(`*${words.length}\r\n${command}*1\r\n$4\r\nQUIT\r\n`);
  });
}
