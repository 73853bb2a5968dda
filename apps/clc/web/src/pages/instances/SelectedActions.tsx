// What can be done with the machines that are selected, all at once. What loses disks is asked about first.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { BATCH_MOST, type InstanceView } from '@educloud/contracts';
import { AskEnd } from '../../components/AskEnd.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { useBegin } from '../../hooks/useBatches.ts';

const ACTIONS = ['run', 'stop', 'delete'] as const;

export function SelectedActions({ selected, all, onSelect }: { selected: InstanceView[]; all: InstanceView[]; onSelect: (ids: string[]) => void }) {
  const { t } = useTranslation();
  const begin = useBegin();
  const [deleting, setDeleting] = useState(false);
  const able = (action: (typeof ACTIONS)[number]): InstanceView[] => selected.filter((each) => each.allowed.includes(action)).slice(0, BATCH_MOST);
  const ask = (action: (typeof ACTIONS)[number]): void => {
    const ids = able(action).map((each) => each.id);
    begin.mutate({ action, ids } as Parameters<typeof begin.mutate>[0], { onSuccess: () => onSelect([]) });
  };
  return (
    <div className="selected" role="group" aria-label={t('batch.selected', { count: selected.length })}>
      <label><input type="checkbox" checked={selected.length === all.length} onChange={(event) => onSelect(event.target.checked ? all.map((each) => each.id) : [])} /> {t('batch.all')}</label>
      {selected.length > 0 ? <span>{t('batch.selected', { count: selected.length })}</span> : null}
      {selected.length > 0 ? ACTIONS.map((action) => (
        <button key={action} type="button" disabled={begin.isPending || able(action).length === 0} onClick={() => (action === 'delete' ? setDeleting(true) : ask(action))}>{t('batch.doCount', { what: t(`instance.do.${action}`), count: able(action).length })}</button>
      )) : null}
      <ProblemLine error={begin.error} />
      {deleting ? (
        <Dialog title={t('batch.deleteTitle', { count: able('delete').length })} onClose={() => setDeleting(false)}>
          <p className="loss">{t('batch.disksLost')}</p>
          <AskEnd yes={t('instance.yes.delete')} onYes={() => { setDeleting(false); ask('delete'); }} onBack={() => setDeleting(false)} />
        </Dialog>
      ) : null}
    </div>
  );
}
