// The guest's screen with its few buttons. Loaded lazily by the pages that show one, since noVNC is most of its weight.
import { useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { ScreenOf } from '../../api/cloud.ts';
import { useConsole } from '../../hooks/useConsole.ts';
import { ProblemLine } from '../ProblemLine.tsx';
import { Clipboard } from './Clipboard.tsx';
import { PasteDialog } from './PasteDialog.tsx';

/** @param withClipboard its guest has the channel for it */
export function Console({ of, id, withClipboard }: { of: ScreenOf; id: string; withClipboard: boolean }) {
  const { t } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const screen = useRef<HTMLDivElement>(null);
  const focusButton = useRef<HTMLButtonElement>(null);
  const { state, error, rfb, copied, reconnect } = useConsole(of, id, screen);
  const [pasting, setPasting] = useState(false);
  const [clipboard, setClipboard] = useState(false);
  const off = state !== 'connected';

  // The guest takes every key, also Tab; this one combination leads out. Caught before noVNC sees it.
  const leave = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    rfb.current?.blur();
    focusButton.current?.focus();
  };

  return (
    <div className="console" ref={frame} onKeyDownCapture={leave}>
      <div className="console-bar">
        <span className={off ? 'lamp busy' : 'lamp good'} role="status">{t(`console.${state}`)}</span>
        <button type="button" ref={focusButton} disabled={off} onClick={() => rfb.current?.focus()}>{t('console.focus')}</button>
        <button type="button" disabled={off} onClick={() => rfb.current?.sendCtrlAltDel()}>{t('console.cad')}</button>
        <button type="button" disabled={off} onClick={() => setPasting(true)}>{t('console.paste')}</button>
        {withClipboard ? <button type="button" aria-expanded={clipboard} disabled={off} onClick={() => setClipboard(!clipboard)}>{t('clipboard.title')}</button> : null}
        <button type="button" onClick={() => void frame.current?.requestFullscreen()}>{t('console.full')}</button>
        <button type="button" onClick={reconnect}>{t('console.reconnect')}</button>
      </div>
      {state === 'failed' ? <ProblemLine error={error} /> : null}
      {clipboard && !off ? <Clipboard copied={copied} onSend={(text) => rfb.current?.clipboardPasteFrom(text)} /> : null}
      <div className="console-screen" ref={screen} data-state={state} />
      <p className="console-hint">{t('console.leave')}{of === 'instances' ? <><br />{t('console.viewer')} <code>edu instance console {id} --vnc-port 5901 --vv screen.vv</code></> : null}</p>
      {pasting ? <PasteDialog onClose={() => setPasting(false)} onKeys={(keys) => keys.forEach((key) => rfb.current?.sendKey(key.keysym, key.code, key.down))} /> : null}
    </div>
  );
}
