/** Entries for what the server does by itself, or what comes of a call: the call has an entry of its own. Pure. */
import type { VersionLabels } from '../metrics/register.ts';
import { SERVER, type Actor, type AuditEvent, type AuditFacts } from './entry.ts';

const done = (
  event: AuditEvent,
  about: readonly string[],
  description: string,
  facts: Partial<AuditFacts> = {},
): AuditFacts => ({ event, about, description, actor: SERVER, outcome: 'done', ...facts });

const nameOf = ({ model, version }: VersionLabels): string => `${model}/${version}`;

export const modelServed = (labels: VersionLabels): AuditFacts =>
  done('sensitive_create', [nameOf(labels)], 'A model version is loaded and ready.', labels);

export const modelRemoved = (labels: VersionLabels): AuditFacts =>
  done('sensitive_delete', [nameOf(labels)], 'A model version is no longer served.', labels);

/** `details`: from where, and which versions. */
export const modelPulled = (model: string, details: Readonly<Record<string, unknown>>): AuditFacts =>
  done('sensitive_update', [`${model} files`], 'A model was pulled from the store of artifacts.', {
    model,
    details,
  });

/** `check`: what it did not pass, as far as that is known. */
export const modelRefused = (labels: VersionLabels, reason: string, check = 'check'): AuditFacts =>
  done('upload_validation', [nameOf(labels), `${check}:FAILED`], reason, { ...labels, outcome: 'failed' });

/** `what`: set, promoted, held, rolled back or advanced. */
export const trafficChanged = (
  model: string,
  what: string,
  details: Readonly<Record<string, unknown>>,
): AuditFacts =>
  done('sensitive_update', [`${model} traffic`], `The traffic of a model is ${what}.`, { model, details });

/** What drift is compared with was made of the traffic of a version. */
export const driftReferenceMade = (
  labels: VersionLabels,
  details: Readonly<Record<string, unknown>>,
): AuditFacts =>
  done('sensitive_update', [`${nameOf(labels)} drift`], 'The reference of drift is made of traffic.', {
    ...labels,
    details,
  });

/** `what`: keys or certificates, whose files are read. `fault`: why they are not used. */
export const authorityChanged = (
  what: string,
  details: Readonly<Record<string, unknown>>,
  fault?: string,
): AuditFacts =>
  done('authz_change', [what], fault ?? 'A file that says who may do what was read.', {
    outcome: fault === undefined ? 'done' : 'failed',
    details,
  });

export const logLevelChanged = (by: string, before: string, now: string): AuditFacts =>
  done('authz_admin', ['log level'], 'The log level is changed.', {
    actor: by === 'request' ? SERVER : ({ kind: 'signal', id: by } satisfies Actor),
    details: { by, before, now },
  });

export const started = (version: string): AuditFacts =>
  done('sys_startup', [], 'The server starts.', { details: { version, pid: process.pid } });

export const crashed = (lastEvent: string): AuditFacts =>
  done('sys_crash', [], 'The process before this one ended without a shutdown.', {
    outcome: 'failed',
    details: { last_event: lastEvent },
  });

/** `clean`: all accepted work was done. */
export const stopped = (clean: boolean): AuditFacts =>
  done('sys_shutdown', [], 'The server has stopped.', {
    outcome: clean ? 'done' : 'failed',
    details: { clean, pid: process.pid },
  });
