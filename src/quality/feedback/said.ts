/** From what a caller says of a prediction to a verdict about it: labels become classes, and both are checked. Pure. */
import { ServingError } from '../../errors.ts';
import type { Item } from '../log/items.ts';
import type { Verdict } from './verdict.ts';

/** One of the four. */
export interface Said {
  readonly label?: string | undefined;
  readonly classId?: number | undefined;
  readonly correct?: boolean | undefined;
  /** From 0 to 1. */
  readonly score?: number | undefined;
}

export interface Judgeable {
  readonly item: Item;
  /** Classes of the model; 0 for one that does not classify. */
  readonly ofClasses: number;
  /** Names of the classes; undefined where the model has none. */
  readonly labels: readonly string[] | undefined;
}

/** @throws ServingError BAD_FIELD */
export function verdictOf(said: Said, { item, ofClasses, labels }: Judgeable): Verdict {
  const [predicted] = item.classes;
  if (said.score !== undefined) return { score: said.score };
  if (said.correct !== undefined) {
    return { correct: said.correct, classId: said.correct ? predicted : undefined };
  }
  const pointer = said.label === undefined ? '/class_id' : '/label';
  const refuse = (message: string): ServingError => new ServingError('BAD_FIELD', message, { pointer });
  if (predicted === undefined)
    throw refuse('The model gave no class that a label could be compared with: send correct or score.');
  const classId = said.label === undefined ? said.classId! : classOf(said.label, labels, refuse);
  if (classId < ofClasses) return { correct: classId === predicted, classId };
  throw refuse(`The model has ${ofClasses} classes: class_id is at most ${ofClasses - 1}.`);
}

function classOf(
  label: string,
  labels: readonly string[] | undefined,
  refuse: (message: string) => ServingError,
): number {
  if (labels === undefined) throw refuse('The model has no labels: send class_id.');
  const classId = labels.indexOf(label);
  if (classId < 0) throw refuse('The model has no such label; GET /v1/models/{model} says what it gives.');
  const other = labels.indexOf(label, classId + 1);
  if (other < 0) return classId;
  throw refuse(`That is the label of class ${classId} and of class ${other}: send class_id.`);
}

/** The item that is meant. `index`: undefined where the caller names none. @throws ServingError BAD_FIELD */
export function itemAt(items: readonly Item[], index: number | undefined): Item {
  const pointer = '/index';
  if (index === undefined) {
    if (items.length === 1) return items[0]!;
    const message = `The request had ${items.length} answers: index says which one is meant, from 0.`;
    throw new ServingError('BAD_FIELD', message, { pointer });
  }
  const found = items.find((item) => item.index === index);
  if (found !== undefined) return found;
  const message = `The request has no answer ${index} in the log: it had fewer, it failed, or it is beyond those that are kept.`;
  throw new ServingError('BAD_FIELD', message, { pointer });
}
