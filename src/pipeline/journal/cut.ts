/** Which events of a journal are kept when it has become large: those of the newest runs, and what the others add up to. Pure. */
import { dataOf, eventOf, type PipelineEvent } from './event.ts';

/** Of the newest runs. */
const KEPT_RUNS = 100;

/** How often runs have ended with each outcome, by all events that there were. */
export function totalsOf(events: readonly PipelineEvent[]): Readonly<Record<string, number>> {
  const totals: Record<string, number> = {};
  for (const event of events) {
    for (const [outcome, count] of Object.entries(dataOf(event, 'journal.cut')?.totals ?? {}))
      totals[outcome] = (totals[outcome] ?? 0) + count;
    const outcome = dataOf(event, 'run.finished')?.outcome;
    if (outcome !== undefined) totals[outcome] = (totals[outcome] ?? 0) + 1;
  }
  return totals;
}

/** The highest number that a candidate was given; 0 when none was. */
export function highestOf(events: readonly PipelineEvent[]): number {
  let highest = 0;
  for (const event of events) {
    const finished = dataOf(event, 'step.finished');
    const given = finished?.step === 'export' ? Number(finished.facts.version) : 0;
    highest = Math.max(highest, given, dataOf(event, 'journal.cut')?.highest ?? 0);
  }
  return highest;
}

export function cutEvents(
  events: readonly PipelineEvent[],
  { model, now }: { readonly model: string; readonly now: () => number },
): PipelineEvent[] {
  const starts = events.flatMap((event, at) => (dataOf(event, 'run.started') === undefined ? [] : [at]));
  const from = starts.at(-KEPT_RUNS) ?? 0;
  const left = events.slice(0, from);
  if (left.length === 0) return [...events];
  const data = { totals: totalsOf(left), highest: highestOf(left) };
  const cut = eventOf({
    kind: 'journal.cut',
    data,
    model,
    run: `cut-${now()}`,
    at: events.length + 1,
    now: now(),
  });
  return [cut, ...events.slice(from)];
}
