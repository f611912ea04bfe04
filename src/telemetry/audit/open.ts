/** Opens the audit log where an option names it: a file, or stdout, where its lines are among those of the log. */
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config/schema.ts';
import type { AuditFacts } from './entry.ts';
import { SERVER } from './entry.ts';
import { Audit, type AuditEvents, type AuditOutlet } from './audit.ts';
import { BEGINNING, lineAfter } from './chain.ts';
import { fieldsOf } from './entry.ts';
import { AuditFile } from './file.ts';

const STDOUT = '/dev/stdout';

interface Surroundings {
  readonly clock: Clock;
  readonly events: AuditEvents;
  /** Writes a line, with its line end, to where the log goes. */
  readonly writeLine: (line: string) => void;
}

/**
 * `auditLog`: the file, or /dev/stdout.
 * @throws Error when the file cannot be used: a server that is to keep an audit log does not start without
 */
export function openAudit(
  auditLog: string,
  { auditWhenFull }: Pick<Config, 'auditWhenFull'>,
  { clock, events, writeLine }: Surroundings,
): Audit {
  const outlet = auditLog === STDOUT ? stdout(writeLine) : new AuditFile(auditLog, goesOn);
  return new Audit({ clock, events, outlet, refusesWhenFull: auditWhenFull === 'refuse' });
}

/** The first line of a new file after the one before was renamed: it carries the chain over. */
const goesOn = () => fieldsOf(GOES_ON, new Date());

const GOES_ON: AuditFacts = {
  event: 'sys_monitor_enabled',
  about: ['audit'],
  description: 'The audit log goes on in this file.',
  actor: SERVER,
  outcome: 'done',
};

/** Each process begins a chain: what the one before has written cannot be read back. */
function stdout(writeLine: (line: string) => void): AuditOutlet {
  let last = BEGINNING;
  return {
    get link() {
      return last;
    },
    lastEvent: undefined,
    append(fields) {
      const { line, link } = lineAfter(last, fields);
      writeLine(`${line}\n`);
      last = link;
    },
    close() {},
  };
}
