// What of a form differs from what it began with: the rest is not sent, so that it stays as others have made it.
export const changed = <T extends object, N extends Partial<T>>(before: T, now: N): Partial<N> =>
  Object.fromEntries(Object.entries(now).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key as keyof T]))) as Partial<N>;
