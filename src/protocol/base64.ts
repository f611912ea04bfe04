/**
 * Strict base64, by Node's decoder, which skips unknown characters. Takes both alphabets, padded or not; refuses white
 * space and every other character.
 */

/** The bytes; undefined when the text is no base64. */
export function strictBase64(text: string): Buffer | undefined {
  let length = text.length;
  while (length > 0 && text.length - length < 2 && text[length - 1] === '=') length--;
  const padding = text.length - length;
  // A last group of one character holds no whole byte; padding, where there is some, fills the last group.
  if (length % 4 === 1 || (padding > 0 && text.length % 4 !== 0)) return undefined;
  // Node looks at the low byte of a character only, so U+0144 would pass for D. As UTF-8 it has two bytes.
  if (Buffer.byteLength(text) !== text.length) return undefined;
  const bytes = Buffer.from(text, 'base64');
  // Each character that Node skipped, and a padding in the middle, makes the result shorter.
  return bytes.length === Math.floor((length * 3) / 4) ? bytes : undefined;
}
