// The machines that somebody defined, and the way to define one.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { useImages } from '../../hooks/useCloud.ts';
import { useInstances } from '../../hooks/useInstances.ts';
import { Batches } from './Batches.tsx';
import { ClassDialog } from './ClassDialog.tsx';
import { DefineDialog } from './DefineDialog.tsx';
import { InstanceRow } from './InstanceRow.tsx';
import { SelectedActions } from './SelectedActions.tsx';

/** @public Loaded by name when the address is first visited. */
export function InstancesPage() {
  const { t } = useTranslation();
  const instances = useInstances();
  const images = useImages();
  const [asking, setAsking] = useState<'one' | 'class' | null>(null);
  const [picked, setPicked] = useState<readonly string[]>([]);
  const usable = (images.data ?? []).filter((image) => image.usage !== 'medium' && image.latest);
  const pick = (id: string, on: boolean): void => setPicked(on ? [...picked, id] : picked.filter((each) => each !== id));
  const nameOf = (id: string): string => images.data?.find((image) => image.id === id)?.name ?? id;
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{t('instance.title')}</h1>
          <p className="lead">{t('instance.lead')}</p>
        </div>
        <div className="panel-do">
          <button type="button" className="primary" onClick={() => setAsking('one')}>{t('instance.define')}</button>
          <button type="button" onClick={() => setAsking('class')}>{t('batch.class')}</button>
        </div>
      </div>
      <Batches />
      {instances.isError ? <ProblemLine error={instances.error} onRetry={() => void instances.refetch()} /> : null}
      {instances.isPending ? <p>{t('loading')}</p> : null}
      {instances.data?.length === 0 ? <div className="empty"><h2>{t('instance.none')}</h2><p>{t('instance.noneText')}</p></div> : null}
      {instances.data && instances.data.length > 1 ? <SelectedActions all={instances.data} selected={instances.data.filter((each) => picked.includes(each.id))} onSelect={setPicked} /> : null}
      <ul className="rows">{instances.data?.map((instance) => <InstanceRow key={instance.id} instance={instance} imageName={nameOf(instance.imageId)} selected={picked.includes(instance.id)} onSelect={(on) => pick(instance.id, on)} />)}</ul>
      {asking === 'one' ? <DefineDialog images={usable} onClose={() => setAsking(null)} /> : null}
      {asking === 'class' ? <ClassDialog images={usable} onClose={() => setAsking(null)} /> : null}
    </>
  );
}
