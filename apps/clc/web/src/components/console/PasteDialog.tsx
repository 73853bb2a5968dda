// Text to be typed into the guest.
import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../Dialog.tsx';
import { FormEnd } from '../FormEnd.tsx';
import { keystrokes } from './keystrokes.ts';
import type { Keystroke } from './keystrokes.ts';

export function PasteDialog({ onClose, onKeys }: { onClose: () => void; onKeys: (keys: Keystroke[]) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const { keys, skipped } = keystrokes(text);
  const send = (event: FormEvent): void => {
    event.preventDefault();
    onKeys(keys);
    onClose();
  };
  return (
    <Dialog title={t('console.pasteTitle')} onClose={onClose}>
      <form onSubmit={send}>
        <p>{t('console.pasteLead')}</p>
        <label>{t('console.pasteLabel')}<textarea rows={4} value={text} onChange={(event) => setText(event.target.value)} autoFocus /></label>
        <p className="soft" role="status">{skipped > 0 ? t('console.skipped', { count: skipped }) : ''}</p>
        <FormEnd submit={t('console.pasteSend')} disabled={keys.length === 0} onBack={onClose} back={t('close')} />
      </form>
    </Dialog>
  );
}
