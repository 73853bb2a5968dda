// A text to be copied, with the button that does it. `chip`: the text itself is the button, for lists.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

export function Copied({ text, chip }: { text: string; chip?: string }) {
  const { t } = useTranslation();
  const [done, setDone] = useState(false);
  const copy = (): void => void navigator.clipboard.writeText(text).then(() => setDone(true), () => setDone(false));
  if (chip === undefined) return <><span className="mono">{text}</span> <button type="button" className="quiet" onClick={copy} aria-label={`${t('instance.copy')}: ${text}`}>{done ? t('instance.copied') : t('instance.copy')}</button></>;
  return <button type="button" className="chip" onClick={copy}><small>{chip}</small> <span className="mono">{text}</span> <small className={done ? undefined : 'sr-only'}>{t(done ? 'instance.copied' : 'instance.copy')}</small></button>;
}
