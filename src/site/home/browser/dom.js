// @ts-check
/**
 * What the page does with its document. Text stays text: nothing here parses HTML, and the policy of the page (trusted
 * types) forbids it.
 */

/**
 * The element with that id, of that kind.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function the(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`There is no ${id}.`);
  return found;
}

/** Gives the element with that id another text. @param {string} id @param {string} text */
export function put(id, text) {
  the(id, HTMLElement).textContent = text;
}

/**
 * A new element; strings become text.
 * @param {string} name
 * @param {string} className
 * @param {...(Node | string)} children
 */
export function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className !== '') element.className = className;
  element.append(...children);
  return element;
}

/**
 * A bar that begins and is as long as said, in shares of its track. Set by script, as the policy forbids styles in
 * attributes.
 * @param {number} start
 * @param {number} length
 */
export function bar(start, length) {
  const element = make('i', '');
  element.style.marginInlineStart = `${100 * start}%`;
  element.style.inlineSize = `${100 * length}%`;
  const track = make('span', 'track', element);
  track.ariaHidden = 'true';
  return track;
}
