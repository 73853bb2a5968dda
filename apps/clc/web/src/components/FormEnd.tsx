// How the form of a dialog ends: what was refused of it, the way back, and the button that sends it. Used by every dialog with a form.
import { useTranslation } from 'react-i18next';
import { ProblemLine } from './ProblemLine.tsx';

/** `back`: what the way back is called, if not "Not now". `shownAtFields`: what is said of these stands at the fields themselves. */
export function FormEnd({ submit, disabled, onBack, back, error = null, shownAtFields = () => false }: { submit: string; disabled: boolean; onBack: () => void; back?: string; error?: unknown; shownAtFields?: (field: string) => boolean }) {
  const { t } = useTranslation();
  return (
    <>
      <ProblemLine error={error} shownAtFields={shownAtFields} />
      <div className="dialog-do">
        <button type="button" onClick={onBack}>{back ?? t('begin.back')}</button>
        <button type="submit" className="primary" disabled={disabled}>{submit}</button>
      </div>
    </>
  );
}
