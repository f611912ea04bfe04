/** Entries of the audit log, and whether it can be written. */
import type { Register } from '../register.ts';

export const auditMetrics = (register: Register) => ({
  auditEntries: register.counter(
    'ortolan_audit_entries_total',
    'Entries of the audit log. result: written; left_out, refusals beyond what is written of each source in a minute; dropped, lost because the log could not be written for too long.',
    ['result'],
  ),
  auditWritable: register.gauge(
    'ortolan_audit_writable',
    'Whether entries of the audit log can be written: 1, or 0 while they wait. There is none without an audit log. outlet: file, or stdout.',
    ['outlet'],
  ),
});
