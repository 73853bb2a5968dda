// How a dialog that asks before something is done ends: what was refused of it, the way back, on which the focus is, and the button that does it. Used by every such dialog.
import { useTranslation } from 'react-i18next';
import { ProblemLine } from './ProblemLine.tsx';

/** `back`: what the way back is called, if not "Keep it". */
export function AskEnd({ yes, onYes, onBack, back, busy = false, error = null }: { yes: string; onYes: () => void; onBack: () => void; back?: string; busy?: boolean; error?: unknown }) {
  const { t } = useTranslation();
  return (
    <>
      <ProblemLine error={error} />
      <div className="dialog-do">
        <button type="button" onClick={onBack} autoFocus>{back ?? t('confirm.no')}</button>
        <button type="button" className="danger" disabled={busy} onClick={onYes}>{yes}</button>
      </div>
    </>
  );
}
