/** What a row of the option table says beside JSON Schema's own keywords, and the groups that rows stand in. */

export type Group = 'Server' | 'Models' | 'Scheduling' | 'Limits' | 'Images by URL' | 'Logging' | 'Tracing';

export interface OptionNotes {
  readonly group: Group;
  /** Numbers of bytes may be written as 20MiB. */
  readonly unit?: 'bytes' | 'milliseconds';
  /** Text that stands for the default when it is computed at start. */
  readonly otherwise?: string;
  /** What a text or a list must look like, after "it takes". */
  readonly accepts?: string;
  /** True: the value is never shown. False: declared public although its name looks like a secret's. */
  readonly secret?: boolean;
  /** A path: made absolute against the working folder, or the folder of the file that names it. */
  readonly path?: boolean;
}

/** Makes the notes of the rows of a group. */
export const rowOf =
  (group: Group) =>
  (description: string, notes: Omit<OptionNotes, 'group'> = {}): OptionNotes & { description: string } => ({
    group,
    ...notes,
    description,
  });
