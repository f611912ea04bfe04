/** The file of class names: UTF-8, one name a line, in the order of the classes. */
import { join } from 'node:path';
import { ModelError } from '../model-error.ts';
import { insideIfThere } from '../real-path.ts';
import { linesOf, readText } from '../text-file.ts';

/** Control characters except the tab, and U+FFFD, which marks a character that a conversion has lost. */
const UNUSABLE = /(?!\t)\p{Cc}|\uFFFD/u;

/**
 * The names in `labelFile`, a path below `folder`. Empty lines at the end do not count. `textAt`: reads a file by its path and
 * by the one without links.
 * @throws ModelError with file and line for a name that is empty, or has a control character or U+FFFD.
 */
export async function readLabels(
  folder: string,
  labelFile: string,
  textAt: (file: string, real: string) => Promise<string> = (_file, real) => readText(real),
): Promise<string[]> {
  const path = join(folder, labelFile);
  const file = await insideIfThere(folder, path);
  if (file === undefined) throw new ModelError(`The labels ${path} do not exist.`);
  const labels = linesOf((await textAt(path, file)).trimEnd()).map((line) => line.trim());
  if (labels.length === 1 && labels[0] === '') {
    throw new ModelError(`${path} is empty: it needs a name for each class, one a line.`);
  }
  for (const [index, label] of labels.entries()) {
    const fault = faultOf(label);
    if (fault !== undefined) throw new ModelError(`${path}:${index + 1} ${fault}`);
  }
  return labels;
}

function faultOf(label: string): string | undefined {
  if (label === '') return 'is empty: each line is the name of a class, and this class would have none.';
  const [found] = UNUSABLE.exec(label) ?? [];
  if (found === undefined) return undefined;
  const code = found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  return found === '\uFFFD'
    ? `has U+${code}, which stands for a character that was lost: write the file again, as UTF-8.`
    : `has the control character U+${code}, which no name has.`;
}
