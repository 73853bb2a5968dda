// Waits for a condition with a deadline; a condition that throws is not met yet.
export async function until(what: string, condition: () => Promise<boolean> | boolean, withinMs: number, everyMs = 40): Promise<void> {
  const end = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      if (await condition()) return;
      last = undefined;
    } catch (e) {
      last = e;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${withinMs} ms${last ? ` (${last instanceof Error ? last.message : String(last)})` : ''}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
