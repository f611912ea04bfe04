/** Tokens as the options ask for them: a verifier, and the key set that it takes its keys from. */
import type { Clock } from '../../clock.ts';
import { KeySetFault, parseKeySet, type KeySet } from './key-set.ts';
import { KeySource } from './key-source.ts';
import type { KeptSet } from './kept-set.ts';
import { Verdicts } from './verdicts.ts';
import { Verifier, type TokenRules } from './verifier.ts';

export interface TokenEvents {
  keySetRead(keys: number): void;
  /** `ageMs`: of the set that stays; undefined: there is none. */
  keySetFailed(reason: string, ageMs: number | undefined): void;
}

export interface LiveTokensSettings {
  /** The text of the key set, bounded in size and time. */
  readonly readText: (signal: AbortSignal) => Promise<string>;
  /** Where it comes from, for messages. */
  readonly from: string;
  /** Between two reads; undefined: read() is called when it has changed. */
  readonly refreshMs: number | undefined;
  /** Where the last good set is kept; undefined: nowhere. */
  readonly kept: KeptSet | undefined;
  readonly rules: TokenRules;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly events: TokenEvents;
}

export interface LiveTokens {
  readonly verifier: Verifier;
  readonly keys: Pick<KeySource<KeySet>, 'ageMs' | 'current' | 'read' | 'close'>;
}

/** Reads the key set once; resolves whether that succeeds or not. */
export async function openTokens(settings: LiveTokensSettings): Promise<LiveTokens> {
  // Only a server that takes tokens loads it.
  const jose = await import('jose');
  const { clock, now, events, kept, from } = settings;
  const verdicts = new Verdicts(clock, now);
  let used: KeySet | undefined;
  const keys: KeySource<KeySet> = new KeySource<KeySet>({
    async read(signal) {
      const text = await settings.readText(signal);
      return text === used?.text ? used : parsed(text);
    },
    clock,
    refreshMs: settings.refreshMs,
    events: {
      keySetRead(set) {
        if (set !== used) verdicts.clear();
        used = set;
        kept?.write(set.text);
        events.keySetRead(set.keys);
      },
      keySetFailed: (error, ageMs) => events.keySetFailed((error as Error).message, ageMs),
    },
  });
  const parsed = (text: string): KeySet => {
    try {
      return parseKeySet(text, jose.createLocalJWKSet);
    } catch (error) {
      throw error instanceof KeySetFault ? new KeySetFault(`${from} ${error.message}`) : error;
    }
  };
  await keys.read();
  if (keys.current === undefined) restore();
  return { verifier: new Verifier({ jose, keys, rules: settings.rules, verdicts, now }), keys };

  function restore(): void {
    const found = kept?.read(now());
    if (found === undefined) return;
    try {
      used = parsed(found.text);
      keys.restore(used, found.ageMs);
    } catch {
      // It is as if there were none.
    }
  }
}
