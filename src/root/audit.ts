/** The audit log of a server, where an option names one. */
import { systemClock as clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { Audit } from '../telemetry/audit/audit.ts';
import { AuditLogEvents } from '../telemetry/events/audit.ts';
import { rawLine, type Log } from '../telemetry/log/log.ts';
import type { Metrics } from '../telemetry/metrics/metrics.ts';
import { StartError } from './start-error.ts';

/** @throws StartError when it cannot be written: a server that is to write one does not run without */
export async function auditOf(config: Config, log: Log, metrics: Metrics): Promise<Audit | undefined> {
  const { auditLog } = config;
  if (auditLog === undefined) return undefined;
  const { openAudit } = await import('../telemetry/audit/open.ts');
  const events = new AuditLogEvents(log, metrics);
  try {
    const audit = openAudit(auditLog, config, { clock, events, writeLine: (line) => rawLine(log, line) });
    events.opened(auditLog, audit.link);
    return audit;
  } catch (error) {
    throw new StartError(`The audit log cannot be opened: ${(error as Error).message}`, { cause: error });
  }
}
