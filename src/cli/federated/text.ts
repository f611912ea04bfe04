/** Federated rounds as text for people. Pure. */
import { tableLines } from '../table.ts';
import type { ShownRound } from './round-server.ts';

const HEAD = ['ROUND', 'FROM', 'STATE', 'CLIENTS', 'SAMPLES', 'METHOD', 'CLIP', 'OPENED', 'CHANGE'];

export function roundsText(model: string, rounds: readonly ShownRound[]): string {
  if (rounds.length === 0) return `There was no round of ${model} yet.`;
  return tableLines(HEAD, rounds.map(rowOf)).join('\n');
}

function rowOf({
  round,
  version,
  state,
  clients,
  samples,
  settings,
  opened_at: opened,
  result,
}: ShownRound): string[] {
  const { min_clients: least, max_clients: most, method, clip } = settings;
  return [
    String(round),
    `version ${version}`,
    state,
    `${clients} of ${least} to ${most}`,
    String(samples),
    method,
    String(clip),
    opened.slice(0, 16).replace('T', ' '),
    result === undefined ? '' : changeOf(result),
  ];
}

function changeOf({ norm, clipped, trimmed }: NonNullable<ShownRound['result']>): string {
  const parts = [`norm ${norm.toPrecision(3)}`];
  if (clipped > 0) parts.push(`${clipped} clipped`);
  if (trimmed > 0) parts.push(`${trimmed} left out at each end`);
  return parts.join(', ');
}
