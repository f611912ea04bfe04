/** Options of the audit log. */
import Type from 'typebox';
import { about } from '../option.ts';

export const AUDIT = {
  auditLog: Type.Optional(
    Type.String({
      minLength: 1,
      ...about(
        'File for the audit log: who changed what is served and who was refused, one JSON object a line, each chained to the one before (ortolan audit verify). /dev/stdout puts its lines among those of the log, with "stream":"audit".',
        { path: true, otherwise: 'none', accepts: 'the path of a file, or /dev/stdout' },
      ),
    }),
  ),
  auditWhenFull: Type.Enum(['serve', 'refuse'], {
    default: 'serve',
    ...about(
      'What happens while the audit log cannot be written, as on a full disk. A thousand entries wait in any case, more are counted as lost. serve: all goes on; refuse: calls that change models, traffic or the log level get AUDIT_UNAVAILABLE (503), and predictions go on.',
    ),
  }),
} as const;
