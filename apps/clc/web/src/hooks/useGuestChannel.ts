// Keeps a way to a running guest open, whatever goes through it: each connection takes a fresh one-use grant, and a lost one is made again.
// Used by useConsole and useSerial.
import { useCallback, useEffect, useState } from 'react';
import { isApiError } from '../api/client.ts';
import { openConsole, type ScreenOf } from '../api/cloud.ts';

export type ChannelState = 'connecting' | 'connected' | 'lost' | 'waiting' | 'failed';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 10_000;

export interface ChannelEnds { connected(): void; lost(): void }

export interface GuestChannel {
  state: ChannelState;
  error: unknown;
  reconnect(): void;
}

/** @param join opens what goes through the WebSocket at `address`, and gives back what ends it; null: there is nowhere to show it. The same function as long as it means the same. */
export function useGuestChannel({ of, id, channel, join }: { of: ScreenOf; id: string; channel: 'vnc' | 'serial'; join(address: string, ends: ChannelEnds): (() => void) | null }): GuestChannel {
  const [state, setState] = useState<ChannelState>('connecting');
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);

  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let waitMs = FIRST_WAIT_MS;
    let end: (() => void) | null = null;

    const again = (next: ChannelState): void => {
      if (over) return;
      setState(next);
      timer = setTimeout(() => void connect(), waitMs);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    };
    const connect = async (): Promise<void> => {
      try {
        const grant = await openConsole(of, id, channel);
        if (over) return;
        const address = new URL(grant.url, location.href);
        address.protocol = address.protocol.replace('http', 'ws');
        end = join(address.href, {
          connected() {
            waitMs = FIRST_WAIT_MS;
            setError(null);
            setState('connected');
          },
          lost: () => again('lost'),
        });
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
      end?.();
    };
  }, [of, id, channel, join, round]);

  const reconnect = useCallback(() => {
    setState('connecting');
    setRound((before) => before + 1);
  }, []);
  return { state, error, reconnect };
}
