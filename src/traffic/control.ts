/** What an operator may ask about the traffic of a model, and change. */
import type { Clock } from '../clock.ts';
import { ServingError } from '../errors.ts';
import { configFaults } from '../repository/model-config.ts';
import type { TrafficConfig } from '../repository/model-json/traffic.ts';
import { numberOf, trafficFaults } from '../repository/traffic-faults.ts';
import type { Catalogue, Model } from '../serving/catalogue.ts';
import type { TrafficEvents } from '../telemetry/events/traffic.ts';
import { knownOf, type ModelTraffic } from './model-traffic.ts';
import { candidates, withOnly, type Step } from './steps.ts';
import type { TrafficTable } from './traffic-table.ts';
import { viewOf } from './view.ts';

export class TrafficControl {
  readonly #catalogue: Catalogue;
  readonly #table: TrafficTable;
  readonly #clock: Clock;
  readonly #events: TrafficEvents;

  constructor(catalogue: Catalogue, table: TrafficTable, clock: Clock, events: TrafficEvents) {
    this.#catalogue = catalogue;
    this.#table = table;
    this.#clock = clock;
    this.#events = events;
  }

  /** The traffic of a model, as JSON. @throws ServingError MODEL_NOT_FOUND */
  show(name: string): object {
    const model = this.#model(name);
    return viewOf(model, this.#table.of(model) ?? this.#table.unset(model), this.#clock.now());
  }

  /** Sets the traffic of a model to what a body says. @throws ServingError MODEL_NOT_FOUND or BAD_FIELD */
  set(name: string, body: unknown): object {
    const model = this.#model(name);
    const [fault] = configFaults({ traffic: body });
    if (fault !== undefined) throw refused(fault);
    const settings = body as TrafficConfig;
    const [mistake] = trafficFaults(settings, knownOf(model));
    if (mistake !== undefined) throw refused(mistake);
    this.#table.set(model, settings, 'request');
    return this.show(name);
  }

  /**
   * Takes a step of a rollout. `wanted`: the version to promote, by number or label, where several might be meant.
   * @throws ServingError MODEL_NOT_FOUND, NO_SPLIT or BAD_QUERY
   */
  step(name: string, step: Step, wanted: string | undefined): object {
    const model = this.#model(name);
    const traffic = this.#table.of(model) ?? this.#table.unset(model);
    if (step === 'promote') this.#promote(model, traffic, wanted);
    else {
      if (wanted !== undefined) throw badVersion('Only promote takes a version.');
      if (traffic.settings.split === undefined)
        throw new ServingError('NO_SPLIT', `Model ${name} has no split: there is nothing to ${WORDS[step]}.`);
      if (step === 'hold') this.#hold(model, traffic);
      else this.#rollBack(model, traffic);
    }
    return this.show(name);
  }

  #promote(model: Model, given: ModelTraffic, wanted: string | undefined): void {
    const known = knownOf(model);
    const meant = wanted === undefined ? candidates(given, known) : [numberOf(wanted, known)];
    const [version] = meant;
    if (meant.length === 0)
      throw new ServingError('NO_SPLIT', `Model ${model.name} has no other version in its split to promote.`);
    if (version === undefined) throw badVersion(`Model ${model.name} has no version ${wanted}.`);
    if (meant.length > 1) throw badVersion(`Say which version to promote: one of ${meant.join(', ')}.`);
    const traffic = this.#table.of(model) ?? this.#table.set(model, {}, 'request');
    const settings = withOnly(traffic, version, known);
    this.#table.change(model, traffic, { settings, origin: 'request', state: 'promoted', reason: undefined });
    this.#events.promoted({ model: model.name, version });
  }

  #hold(model: Model, traffic: ModelTraffic): void {
    traffic.state = 'held';
    traffic.reason = 'held by request';
    this.#events.held(model.name);
  }

  #rollBack(model: Model, traffic: ModelTraffic): void {
    const { canaries, baseline } = traffic;
    const reason = 'rolled back by request';
    const settings = withOnly(traffic, baseline, knownOf(model));
    this.#table.change(model, traffic, { settings, origin: 'request', state: 'rolled_back', reason });
    for (const version of canaries) this.#events.rolledBack({ model: model.name, version }, baseline, reason);
  }

  #model(name: string): Model {
    const model = this.#catalogue.model(name);
    if (model !== undefined) return model;
    throw new ServingError('MODEL_NOT_FOUND', `There is no model ${name}.`);
  }
}

const WORDS = { hold: 'hold', rollback: 'roll back' } as const;

/** `fault`: a pointer from the root of model.json, and the rest of a sentence. */
function refused(fault: string): ServingError {
  const at = fault.indexOf(' ');
  const pointer = fault.slice('/traffic'.length, at);
  const subject = pointer === '' ? 'The body' : pointer;
  return new ServingError('BAD_FIELD', `${subject}${fault.slice(at)}.`, { pointer });
}

const badVersion = (message: string): ServingError =>
  new ServingError('BAD_QUERY', message, { pointer: '/version' });
