// One thing at a time per serial key, in the order of arrival; whoever waits or runs can be aborted. Knows nothing of commands.

export interface Place {
  readonly key: string;
  readonly signal: AbortSignal;
  readonly started: boolean;
  /** Waiting: it leaves the lane and `run` is called with an aborted signal at once. Running: its signal fires. */
  abort(reason: unknown): void;
}

export interface Lanes {
  /** `run` starts in this very turn when the lane is free. It must not throw. */
  enter(key: string, run: (place: Place) => Promise<void>): { place: Place; end: Promise<void> };
}

interface Standing extends Place { started: boolean; start(): void }

export function createLanes(): Lanes {
  const lanes = new Map<string, Standing[]>();
  return {
    enter(key, run) {
      const lane = lanes.get(key) ?? [];
      lanes.set(key, lane);
      const controller = new AbortController();
      let finish = (): void => undefined;
      const end = new Promise<void>((resolve) => { finish = resolve; });
      const leave = (): void => {
        const at = lane.indexOf(place);
        if (at >= 0) lane.splice(at, 1);
        if (lane.length === 0) lanes.delete(key);
        else if (lane[0] && !lane[0].started) lane[0].start();
        finish();
      };
      const place: Standing = {
        key, signal: controller.signal, started: false,
        start() {
          place.started = true;
          run(place).catch(() => undefined).finally(leave);
        },
        abort(reason) {
          controller.abort(reason);
          if (place.started) return;
          // Out of the line at once, without waiting for those before it.
          lane.splice(lane.indexOf(place), 1);
          place.start();
        },
      };
      lane.push(place);
      if (lane[0] === place) place.start();
      return { place, end };
    },
  };
}
