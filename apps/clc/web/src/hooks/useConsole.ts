// A guest's screen: noVNC at the end of a way that is kept open.
import { useCallback, useRef } from 'react';
import type { RefObject } from 'react';
import RFB from '@novnc/novnc';
import type { ScreenOf } from '../api/cloud.ts';
import { useGuestChannel, type ChannelEnds, type GuestChannel } from './useGuestChannel.ts';

export interface GuestConsole extends GuestChannel {
  rfb: RefObject<RFB | null>;
}

export function useConsole(of: ScreenOf, id: string, target: RefObject<HTMLElement | null>): GuestConsole {
  const rfb = useRef<RFB | null>(null);
  const join = useCallback((address: string, ends: ChannelEnds): (() => void) | null => {
    if (!target.current) return null;
    const made = new RFB(target.current, address, { shared: true });
    made.scaleViewport = true;
    made.background = 'transparent';
    made.addEventListener('connect', () => ends.connected());
    made.addEventListener('disconnect', () => {
      if (rfb.current === made) rfb.current = null;
      ends.lost();
    });
    rfb.current = made;
    return () => {
      made.disconnect();
      if (rfb.current === made) rfb.current = null;
    };
  }, [target]);
  return { ...useGuestChannel({ of, id, channel: 'vnc', join }), rfb };
}
