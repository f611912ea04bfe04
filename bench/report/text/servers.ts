/** Who is shown where: our rows and the peers', and the peers that stand in the plots. */
import type { Results } from '../../record/results.ts';

export const OURS = 'ortolan';

/** The peer that is closest to ours. */
export const TOUGHEST = 'mosec-cv2';

/** The peers of the plots and of the short table: the closest one and the most usual one. */
export const FEATURED: readonly string[] = [TOUGHEST, 'fastapi'];

/** What a report is made of. */
export interface Sources {
  readonly own: Results;
  /**
   * The run whose rows of peers are shown, with our rows beside them: a comparison is made within one run. It is `own`
   * when that one measured peers.
   */
  readonly beside: Results;
}

export function isOurs({ server }: { readonly server: string }): boolean {
  return server.toLowerCase() === OURS;
}

export const isToughest = (server: string): boolean => server.toLowerCase() === TOUGHEST;

export function isFeatured(server: string): boolean {
  return FEATURED.includes(server.toLowerCase());
}

/** As the projects write themselves; others as they are named in the results. */
const WRITTEN: Readonly<Record<string, string>> = {
  [OURS]: 'Ortolan',
  bentoml: 'BentoML',
  fastapi: 'FastAPI',
  litserve: 'LitServe',
  mlserver: 'MLServer',
  pytriton: 'PyTriton',
};

export function displayName(server: string): string {
  return WRITTEN[server.toLowerCase()] ?? server;
}

/** Ours first, then the featured peers in their order, then the others by name. */
export function inOrder(servers: Iterable<string>): string[] {
  const rank = (server: string): number => {
    if (isOurs({ server })) return -1;
    const place = FEATURED.indexOf(server.toLowerCase());
    return place < 0 ? FEATURED.length : place;
  };
  return [...new Set(servers)].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** Returns the name shown in a row: ours in bold, with the peer that it was measured in turn with, if `beside` names it. */
export function rowName({ server, beside }: { readonly server: string; readonly beside?: string }): string {
  if (!isOurs({ server })) return displayName(server);
  return `**${displayName(server)}**${beside === undefined ? '' : ` beside ${displayName(beside)}`}`;
}

export function hasPeers({ closedLoop, openLoop }: Results): boolean {
  return [...closedLoop, ...openLoop].some((row) => !isOurs(row));
}

/** The models of these rows in the order in which they first appear. */
export function modelsOf(rows: readonly { readonly model: string }[]): string[] {
  return [...new Set(rows.map(({ model }) => model))];
}

/** What the machine can do with this model and no server: decode and run over all cores, rows per second. */
export function ceilingOf({ ceilings }: Results, model: string): Results['ceilings'][number] | undefined {
  const full = ceilings.filter((row) => row.what === 'decode and run' && row.model === model);
  return full.toSorted((a, b) => b.threads - a.threads)[0];
}
