// The clipboards of a person and of a machine, side by side: browsers let no page read or write the person's silently, so each way is a button.
import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

/** @param copied what was copied in the machine last */
export function Clipboard({ copied, onSend }: { copied: string | null; onSend: (text: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [sent, setSent] = useState<string | null>(null);
  const [taken, setTaken] = useState<{ text: string; ok: boolean } | null>(null);

  const take = (): void => {
    if (copied === null) return;
    // Absent where the page does not come by https or from this machine itself.
    const done = navigator.clipboard ? navigator.clipboard.writeText(copied) : Promise.reject(new Error('no clipboard'));
    done.then(() => setTaken({ text: copied, ok: true }), () => setTaken({ text: copied, ok: false }));
  };
  const send = (event: FormEvent): void => {
    event.preventDefault();
    onSend(text);
    setSent(text);
  };
  const told = taken?.text === copied ? (taken?.ok ? t('clipboard.copied') : t('clipboard.notCopied')) : '';

  return (
    <section className="clipboard" aria-label={t('clipboard.title')}>
      <div>
        <label>{t('clipboard.fromMachine')}<textarea rows={3} readOnly value={copied ?? ''} placeholder={t('clipboard.nothing')} /></label>
        <button type="button" disabled={copied === null} onClick={take}>{t('clipboard.copy')}</button>
        <span className="soft" role="status">{told}</span>
      </div>
      <div>
        <form onSubmit={send}>
          <label>{t('clipboard.toMachine')}<textarea rows={3} value={text} onChange={(event) => setText(event.target.value)} /></label>
          <button type="submit" disabled={text === ''}>{t('clipboard.send')}</button>
        </form>
        <span className="soft" role="status">{sent !== null && sent === text ? t('clipboard.sent') : ''}</span>
      </div>
      <p className="console-hint">{t('clipboard.hint')}</p>
    </section>
  );
}
