/** Requests in flight of each caller that has a limit of them. Callers without one are not kept. */

export class Running {
  readonly #counts = new Map<string, number>();

  /** Returns how many the caller may still begin, this one counted; undefined when it may not begin. */
  enter(name: string, limit: number): number | undefined {
    const count = this.#counts.get(name) ?? 0;
    if (count >= limit) return undefined;
    this.#counts.set(name, count + 1);
    return limit - count - 1;
  }

  /** Once for each that has entered. */
  leave(name: string): void {
    const count = this.#counts.get(name) ?? 0;
    if (count <= 1) this.#counts.delete(name);
    else this.#counts.set(name, count - 1);
  }

  /** Callers with requests in flight. */
  get size(): number {
    return this.#counts.size;
  }
}
