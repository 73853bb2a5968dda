// Does at once what is asked for, and again at the end of each second in which it was asked for more: a class of forty that starts does not read each page forty times. Used by hooks/useLive.ts.
const SECOND_MS = 1000;

export function oncePerSecond(work: () => void): { soon(): void; stop(): void } {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let asked = false;
  const turn = (): void => {
    asked = false;
    work();
    timer = setTimeout(() => {
      timer = null;
      if (asked) turn();
    }, SECOND_MS);
  };
  return {
    soon() {
      if (timer === null) turn();
      else asked = true;
    },
    stop() {
      if (timer !== null) clearTimeout(timer);
    },
  };
}
