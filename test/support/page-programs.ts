/** The programs on a page of the documentation, and what the page says that they print. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';

const ROOT = join(import.meta.dirname, '../..');

export interface Program {
  /** The heading that it stands under, and its language. */
  readonly name: string;
  readonly language: 'python' | 'js';
  readonly text: string;
  /** The next block of output on the page. */
  readonly prints: string;
}

/** In the order of the page, which is given as Markdown. */
export function programsOf(page: string): Program[] {
  const blocks = [...page.matchAll(/^## (.+)$|^```(python|js|text)\n([\s\S]*?)^```$/gm)];
  let heading = '';
  return blocks.flatMap(([, title, language, text = ''], index): Program[] => {
    heading = title ?? heading;
    if (language !== 'python' && language !== 'js') return [];
    const [, , , prints = ''] = blocks.slice(index).find(([, , kind]) => kind === 'text') ?? [];
    return [{ name: `${heading}, in ${language}`, language, text, prints }];
  });
}

export interface Ended {
  readonly failed: boolean;
  readonly out: string;
  readonly err: string;
}

/** Runs it against the server at `port`. `python`: what runs Python. */
export function runProgram(
  t: Pick<Test, 'testdir'>,
  { language, text }: Program,
  port: number,
  python = 'python3',
): Promise<Ended> {
  const file = join(t.testdir(), language === 'js' ? 'program.mjs' : 'program.py');
  writeFileSync(file, text);
  const env = { PATH: process.env['PATH'], ORTOLAN_URL: `http://127.0.0.1:${port}` };
  return new Promise((resolve) => {
    execFile(language === 'js' ? process.execPath : python, [file], { cwd: ROOT, env }, (error, out, err) =>
      resolve({ failed: error !== null, out, err }),
    );
  });
}

/** Without the blanks that each language puts between numbers in its own way. */
export const packed = (text: string): string => text.replaceAll(/[^\S\n]+/g, '');
