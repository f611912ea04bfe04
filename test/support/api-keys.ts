/** API keys for tests, as `ortolan keys create` writes them. */
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { digestOfKey, newKey } from '../../src/guard/keys/key-text.ts';
import { textOfKeys, type Row } from '../../src/guard/keys/keys-file.ts';

export interface TestKey {
  readonly key: string;
  readonly row: Row;
}

export function testKey(scopes: Row['scopes'] = ['predict'], more: Partial<Row> = {}): TestKey {
  const { id, text } = newKey();
  const row: Row = {
    id,
    name: 'shop',
    sha256: digestOfKey(text).toString('hex'),
    scopes,
    created: '2026-01-01T00:00:00Z',
    ...more,
  };
  return { key: text, row };
}

/** A folder that goes with the test. */
export function testFolder(t: Pick<Test, 'teardown'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'ortolan-keys-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes the file anew, by a rename. */
export function writeKeys(file: string, keys: readonly TestKey[], mode = 0o600): void {
  const part = `${file}.part`;
  writeFileSync(part, textOfKeys(keys.map(({ row }) => row)));
  chmodSync(part, mode);
  renameSync(part, file);
}
