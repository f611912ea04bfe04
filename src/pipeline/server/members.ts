/** Members of answers whose form is another program's. Pure. */

type Open = Readonly<Record<string, unknown>>;

/** The objects of a list; none where there is no list. */
export const objectsIn = (value: unknown, member: string): readonly Open[] => {
  const list = typeof value === 'object' && value !== null ? (value as Open)[member] : undefined;
  return Array.isArray(list)
    ? list.filter((one): one is Open => typeof one === 'object' && one !== null)
    : [];
};

export const numberIn = (value: unknown, member: string): number | undefined => {
  const found = typeof value === 'object' && value !== null ? (value as Open)[member] : undefined;
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
};
