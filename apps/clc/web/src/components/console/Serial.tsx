// A machine's serial console. Loaded lazily by the pages that show one, since xterm.js is most of its weight.
import { useRef } from 'react';
import type { KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import '@xterm/xterm/css/xterm.css';
import type { ScreenOf } from '../../api/cloud.ts';
import { useSerial } from '../../hooks/useSerial.ts';
import { ProblemLine } from '../ProblemLine.tsx';

export function Serial({ of, id }: { of: ScreenOf; id: string }) {
  const { t } = useTranslation();
  const screen = useRef<HTMLDivElement>(null);
  const focusButton = useRef<HTMLButtonElement>(null);
  const { state, error, terminal, reconnect } = useSerial(of, id, screen);
  const off = state !== 'connected';

  // The terminal takes every key, also Tab; this one combination leads out. Caught before xterm.js sees it.
  const leave = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    focusButton.current?.focus();
  };

  return (
    <div className="console" onKeyDownCapture={leave}>
      <div className="console-bar">
        <span className={off ? 'lamp busy' : 'lamp good'} role="status">{t(`serial.${state}`)}</span>
        <button type="button" ref={focusButton} disabled={off} onClick={() => terminal.current?.focus()}>{t('console.focus')}</button>
        <button type="button" onClick={reconnect}>{t('console.reconnect')}</button>
      </div>
      {state === 'failed' ? <ProblemLine error={error} /> : null}
      <div className="serial-screen" ref={screen} data-state={state} />
      <p className="console-hint">{t('serial.hint')} {t('console.leave')}</p>
    </div>
  );
}
