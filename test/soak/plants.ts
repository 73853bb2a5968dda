// Leaks planted on purpose, to see that a soak finds them: `npm run soak -- --plant timers`. Each grows with time in the first daemon.

/** Text that is run in the daemon. */
export const PLANTS: Readonly<Record<string, string>> = {
  heap: 'globalThis.planted = []; setInterval(() => planted.push(Array.from({ length: 6000 }, (_, i) => ({ i }))), 1000).unref(); undefined',
  timers: 'setInterval(() => setTimeout(() => undefined, 2 ** 31 - 1).unref(), 1000).unref(); undefined',
  listeners: 'process.setMaxListeners(0); setInterval(() => { for (let i = 0; i < 5; i++) process.on("planted", () => undefined); }, 1000).unref(); undefined',
  descriptors: 'setInterval(() => process.getBuiltinModule("node:fs").openSync("/dev/null"), 1000).unref(); undefined',
};
