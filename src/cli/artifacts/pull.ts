/** `ortolan artifacts pull`: models from a store or a registry into the models folder. */
import { ArtifactError } from '../../artifacts/artifact-error.ts';
import { hasChanged, pull, type PulledModel } from '../../artifacts/folder/pull.ts';
import { chosenOf, parseWanted } from '../../artifacts/source/wanted.ts';
import { systemClock as clock } from '../../clock.ts';
import { trustOf } from '../../repository/trust/trust.ts';
import { CliError } from '../cli-error.ts';
import { printable } from '../table.ts';
import { sizeText } from '../size-text.ts';
import type { Terminal } from '../terminal.ts';
import { withArtifacts, type Typed } from './artifacts.ts';
import { listed } from './push.ts';
import { transfer, type Transfer } from './transfer.ts';

/** @throws CliError when any model was not pulled; the others were */
export function pullArtifacts(names: readonly string[], typed: Typed, terminal: Terminal): Promise<void> {
  return withArtifacts(typed, terminal, async ({ source, address, traffic }, config) => {
    const wanted = names.map(parseWanted);
    const offer = await source.offer();
    if (offer === 'unchanged' || offer.models.size === 0)
      throw new ArtifactError('missing', `There is no model in ${address}.`);
    const transfers = new Map<string, Transfer>();
    const arrived = (model: string, bytes: number, all: number): void => {
      const shown = transfers.get(model) ?? transfer(model, terminal);
      transfers.set(model, shown);
      shown.at(bytes, all);
    };
    const report = await pull(chosenOf(offer.models, wanted, address), {
      source,
      models: config.models,
      clock,
      trust: trustOf(config),
      replaces: typed['replace'] === true ? 'all' : 'nothing',
      removes: false,
      arrived,
    }).finally(() => transfers.forEach((shown) => shown.stop()));
    if (typed['json'] === true) {
      terminal.out(JSON.stringify({ from: address, ...report, requests: traffic().requests }, null, 2));
    } else for (const model of report.models) terminal.out(printable(sentenceOf(model, address)));
    for (const { model, reason } of report.failures)
      terminal.err(printable(`${model} was not pulled: ${reason}`));
    if (report.failures.length > 0) throw new CliError(1, `${report.failures.length} not pulled.`);
  });
}

function sentenceOf(pulled: PulledModel, address: string): string {
  const { model, added, replaced, unchanged, bytes } = pulled;
  if (!hasChanged(pulled)) return `${model} is as in ${address}, all digests compared.`;
  const parts = [
    listed('added', added),
    listed('replaced', replaced),
    listed('unchanged', unchanged),
    `${sizeText(bytes)} fetched, all digests compared`,
  ];
  return `${model} from ${address}: ${parts.filter((part) => part !== '').join('; ')}.`;
}
