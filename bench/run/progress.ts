/** How far a run is, on stderr: a bar for each section at a terminal, else a line at its beginning and its end. */
import { MultiBar, Presets, type SingleBar } from 'cli-progress';

const SECOND = 1000;

export class Progress {
  readonly #bars: MultiBar | undefined;
  #bar: SingleBar | undefined;
  #section = '';
  #steps = 0;
  #startedAt = 0;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#bars = stream.isTTY
      ? new MultiBar(
          {
            stream,
            format: '{section} {bar} {value}/{total}  {duration_formatted}  {step}',
            hideCursor: true,
          },
          Presets.shades_classic,
        )
      : undefined;
  }

  /** Begins a section of `steps` steps; unknown when there is no number. */
  begin(section: string, steps: number): void {
    this.#section = section;
    this.#steps = 0;
    this.#startedAt = performance.now();
    this.#bar = this.#bars?.create(steps, 0, { section: section.padEnd(14), step: '' });
    if (this.#bars === undefined) console.error(`${section}: ${steps} steps`);
  }

  /** One step was taken. */
  step(what: string): void {
    this.#steps++;
    this.#bar?.increment(1, { step: what });
  }

  /** What a reader should see at once. */
  say(text: string): void {
    if (this.#bars === undefined) console.error(text);
    else this.#bars.log(`${text}\n`);
  }

  end(): void {
    const seconds = Math.round((performance.now() - this.#startedAt) / SECOND);
    this.#bar?.setTotal(this.#steps);
    this.#bar?.update(this.#steps, { step: 'done' });
    if (this.#bars === undefined) console.error(`${this.#section}: done in ${seconds} s`);
  }

  close(): void {
    this.#bars?.stop();
  }
}
