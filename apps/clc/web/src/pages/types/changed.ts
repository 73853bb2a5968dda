// What of a form differs from what it began with: the rest is not sent, so that it stays as others have made it.
export const changed = <T extends object>(before: T, now: Partial<T>): Partial<T> =>
  Object.fromEntries(Object.entries(now).filter(([key, value]) => value !== before[key as keyof T])) as Partial<T>;
