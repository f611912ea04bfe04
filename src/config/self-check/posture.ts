/** What is known, at a start, of the place where the server runs. */
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Environment } from '../sources.ts';

export interface Posture {
  /** Whether the process runs as root. */
  readonly root: boolean;
  readonly container: boolean;
  /** Folders of the models, up to the root, that every user may write to; one with the sticky bit is not. */
  readonly openFolders: readonly string[];
  /** Whether Node opens a port for a debugger. */
  readonly inspected: boolean;
}

const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

export function postureOf(models: string, env: Environment): Posture {
  const options = [...process.execArgv, env['NODE_OPTIONS'] ?? ''].join(' ');
  return {
    root: process.getuid?.() === 0,
    container:
      ['/.dockerenv', '/run/.containerenv'].some((file) => existsSync(file)) ||
      env['KUBERNETES_SERVICE_HOST'] !== undefined ||
      env['container'] !== undefined,
    openFolders: openFoldersOf(models),
    inspected: /--inspect\b|--inspect-(?:brk|wait)\b/.test(options),
  };
}

function openFoldersOf(models: string): string[] {
  const open: string[] = [];
  for (let folder = models; ; folder = dirname(folder)) {
    const mode = statSync(folder, { throwIfNoEntry: false })?.mode ?? 0;
    // Where only the owner of a file may rename it, others cannot put another one in its place; the folder of the models
    // itself is another matter: whoever may write there can add a model.
    const sticky = (mode & STICKY) !== 0 && folder !== models;
    if ((mode & OTHERS_WRITE) !== 0 && !sticky) open.push(folder);
    if (folder === dirname(folder)) return open;
  }
}
