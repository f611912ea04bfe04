/** Variables that the programs of a cloud share; they are read where credentials are asked for, and nowhere else. */

export type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined also where it is empty. */
export const setIn = (env: Environment, name: string): string | undefined => env[name]?.trim() || undefined;
