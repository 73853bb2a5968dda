// A guest's screen: noVNC at the end of a way that is kept open.
import { useCallback, useRef, useState } from 'react';
import type { RefObject } from 'react';
import RFB from '@novnc/novnc';
import type { ScreenOf } from '../api/cloud.ts';
import { useGuestChannel, type ChannelEnds, type GuestChannel } from './useGuestChannel.ts';

export interface GuestConsole extends GuestChannel {
  rfb: RefObject<RFB | null>;
  /** What was copied in the guest last; null: nothing yet. */
  copied: string | null;
}

export function useConsole(of: ScreenOf, id: string, target: RefObject<HTMLElement | null>): GuestConsole {
  const rfb = useRef<RFB | null>(null);
  const [copied, setCopied] = useState<string | null>(null);
  const join = useCallback((address: string, ends: ChannelEnds): (() => void) | null => {
    if (!target.current) return null;
    const made = new RFB(target.current, address, { shared: true });
    made.scaleViewport = true;
    made.background = 'transparent';
    made.addEventListener('clipboard', (event) => setCopied((event as CustomEvent<{ text: string }>).detail.text));
    made.addEventListener('connect', () => ends.connected());
    made.addEventListener('disconnect', () => {
      if (rfb.current === made) rfb.current = null;
      ends.lost();
    });
    rfb.current = made;
    return () => {
      // One that has ended by itself is not ours any more, and noVNC complains of ending it twice.
      if (rfb.current !== made) return;
      rfb.current = null;
      made.disconnect();
    };
  }, [target]);
  return { ...useGuestChannel({ of, id, channel: 'vnc', join }), rfb, copied };
}
