// Keeps noVNC connected to a running guest: each connection takes a fresh one-use grant, and a lost one is made again.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import RFB from '@novnc/novnc';
import { isApiError } from '../api/client.ts';
import { openConsole, type ScreenOf } from '../api/cloud.ts';

export type ConsoleState = 'connecting' | 'connected' | 'lost' | 'waiting' | 'failed';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 10_000;

export interface GuestConsole {
  state: ConsoleState;
  error: unknown;
  rfb: RefObject<RFB | null>;
  reconnect(): void;
}

export function useConsole(of: ScreenOf, id: string, target: RefObject<HTMLElement | null>): GuestConsole {
  const rfb = useRef<RFB | null>(null);
  const [state, setState] = useState<ConsoleState>('connecting');
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);

  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let waitMs = FIRST_WAIT_MS;

    const again = (next: ConsoleState): void => {
      if (over) return;
      setState(next);
      timer = setTimeout(() => void connect(), waitMs);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    };
    const connect = async (): Promise<void> => {
      try {
        const grant = await openConsole(of, id);
        if (over || !target.current) return;
        const address = new URL(grant.url, location.href);
        address.protocol = address.protocol.replace('http', 'ws');
        const made = new RFB(target.current, address.href, { shared: true });
        made.scaleViewport = true;
        made.background = 'transparent';
        made.addEventListener('connect', () => {
          waitMs = FIRST_WAIT_MS;
          setError(null);
          setState('connected');
        });
        made.addEventListener('disconnect', () => {
          rfb.current = null;
          again('lost');
        });
        rfb.current = made;
      } catch (cause) {
        // While it boots or shuts down there is nothing to see, and nothing is wrong.
        const noScreen = isApiError(cause) && cause.problem.code === 'GUEST_NOT_RUNNING';
        setError(noScreen ? null : cause);
        again(noScreen ? 'waiting' : 'failed');
      }
    };
    void connect();
    return () => {
      over = true;
      clearTimeout(timer);
      rfb.current?.disconnect();
      rfb.current = null;
    };
  }, [of, id, target, round]);

  const reconnect = useCallback(() => {
    setState('connecting');
    setRound((before) => before + 1);
  }, []);
  return { state, error, rfb, reconnect };
}
