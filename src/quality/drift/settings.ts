/** What shapes the numbers of a version besides its files: with other settings they are not comparable. Pure. */
import type { Config } from '../../config/schema.ts';
import type { Reference } from '../../repository/drift/schema.ts';
import type { ModelSettings } from '../../serving/model-version.ts';

export function shapedBy(
  { preprocess, softmax }: Pick<ModelSettings, 'preprocess' | 'softmax'>,
  { decoder }: Pick<Config, 'decoder'>,
): Reference['settings'] {
  if (preprocess === undefined) return { softmax };
  const { resize, crop, filter, mean, std } = preprocess;
  // What is removed from a picture is removed after it was looked at, but before the model answers.
  const { jpegQuality, bits, detectAbove } = preprocess.sanitise ?? {};
  const settings = { softmax, decoder, resize, crop, filter, mean, std, jpegQuality, bits, detectAbove };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
