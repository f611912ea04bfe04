// @ts-check
/** Pictures as SVG. Their colours are those of the style sheet, by class. */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {string} name
 * @param {Readonly<Record<string, string | number>>} attributes
 * @param {...(Node | string)} children
 */
export function draw(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/**
 * One picture, `width` by `height` units, as wide as there is room. `says`: what it shows, for who does not see it.
 * @param {string} says
 * @param {number} width
 * @param {number} height
 * @param {...Node} children
 */
export const picture = (says, width, height, ...children) =>
  draw('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': says }, ...children);

/** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 @param {string} kind */
export const line = (x1, y1, x2, y2, kind) => draw('line', { x1, y1, x2, y2, class: kind });

/**
 * `anchor`: start, middle or end.
 * @param {number} x @param {number} y @param {string} anchor @param {string} words
 */
export const caption = (x, y, anchor, words) => draw('text', { x, y, 'text-anchor': anchor }, words);
