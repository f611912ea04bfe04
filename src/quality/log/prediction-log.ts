/** Writes what was answered into the log of predictions: a sample of it, with or without what clients have sent. */
import { rowsOf } from '../../thread/payload.ts';
import type { Answered } from '../answered.ts';
import type { IndexedLog } from './indexed-log.ts';
import { inputsText } from './inputs.ts';
import { factsText, recordOf } from './record.ts';

export interface PredictionLogSettings {
  readonly log: Pick<IndexedLog, 'add'>;
  /** Share of the answers that are written, from 0 to 1. */
  readonly sample: number;
  /** Whether what was sent is written, too. */
  readonly inputs: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

export class PredictionLog {
  readonly #settings: PredictionLogSettings;

  constructor(settings: PredictionLogSettings) {
    this.#settings = settings;
  }

  /** Takes some microseconds, more where inputs are copied. */
  answered(answered: Answered): void {
    const { log, sample, inputs, now, random } = this.#settings;
    if (answered.payloads.length === 0 || (sample < 1 && random() >= sample)) return;
    const { payloads, cached, totalMs } = answered;
    const facts = factsText(recordOf(answered, now()), { cached, ms: totalMs, rows: rowsOf(payloads) });
    log.add(answered.requestId, `${facts}${inputs ? inputsText(answered) : ''}}\n`);
  }
}
