/** `top_k` as text, in a query string or a form. */

/** The number that `text` says, or undefined when it is not a whole number from 1 to `classes`. */
export function topKOf(text: string, classes: number): number | undefined {
  if (!/^[1-9]\d{0,8}$/.test(text)) return undefined;
  const topK = Number(text);
  return topK <= classes ? topK : undefined;
}

/** The message for a text that is not such a number. */
export const topKRule = (classes: number): string => `top_k must be a whole number from 1 to ${classes}.`;
