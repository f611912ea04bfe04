/** Puts the metrics where they are collected: a file that is whole at any moment, a Pushgateway. A fault of either ends no run. */
import { renameSync, writeFileSync } from 'node:fs';
import { CallError, smallCall } from '../../outbound/small-call.ts';
import type { PipelineSettings } from '../settings/load.ts';

const TIMEOUT_MS = 3000;
/** The node exporter is another user. */
const MODE = 0o644;

/** Returns why it is not there, for each place. */
export async function publish(
  text: string,
  { model, metrics: { textfile, pushgateway } }: Pick<PipelineSettings, 'model' | 'metrics'>,
): Promise<readonly string[]> {
  const faults: string[] = [];
  if (textfile !== undefined) {
    try {
      // A name that does not end in .prom is not read.
      writeFileSync(`${textfile}.part`, text, { mode: MODE });
      renameSync(`${textfile}.part`, textfile);
    } catch (error) {
      faults.push(`${textfile} cannot be written (${(error as NodeJS.ErrnoException).code})`);
    }
  }
  if (pushgateway !== undefined) {
    const base = pushgateway.href.endsWith('/') ? pushgateway.href : `${pushgateway.href}/`;
    const url = new URL(`metrics/job/ortolan_pipeline/model/${encodeURIComponent(model)}`, base);
    try {
      const body = { type: 'text/plain; version=0.0.4', text };
      const { status } = await smallCall({ method: 'PUT', url, body, timeoutMs: TIMEOUT_MS });
      if (status >= 300) faults.push(`${url.host} answered ${status} to a push`);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      faults.push(`the Pushgateway ${error.message}`);
    }
  }
  return faults;
}
