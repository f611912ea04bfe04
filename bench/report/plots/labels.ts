/** Where labels stand so that none covers another: each as near to its line as the others let it. Pure. */

/**
 * Places along an axis, at least `gap` from each other and within 0 to `end`, in the order of the wanted places.
 * Neighbours that are too near form a group that stands around the mean of what its members want.
 */
export function apart(wanted: readonly number[], gap: number, end: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const groups: { readonly members: number[]; readonly start: number }[] = [];
  for (const member of order) {
    let group = { members: [member], start: within(wanted[member] ?? 0, 1, gap, end) };
    for (let before = groups.at(-1); before; before = groups.at(-1)) {
      if (before.start + before.members.length * gap <= group.start) break;
      groups.pop();
      const members = [...before.members, ...group.members];
      group = { members, start: within(meanStart(members, wanted, gap), members.length, gap, end) };
    }
    groups.push(group);
  }
  const places = wanted.map(() => 0);
  for (const { members, start } of groups) members.forEach((member, i) => (places[member] = start + i * gap));
  return places;
}

/** Where a group's first label stands when the whole group is as near as possible to what its members want. */
function meanStart(members: readonly number[], wanted: readonly number[], gap: number): number {
  return members.reduce((sum, member, i) => sum + (wanted[member] ?? 0) - i * gap, 0) / members.length;
}

function within(start: number, count: number, gap: number, end: number): number {
  return Math.max(0, Math.min(start, end - (count - 1) * gap));
}
