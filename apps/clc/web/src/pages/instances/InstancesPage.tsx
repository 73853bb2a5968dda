// The machines that somebody defined, and the way to define one.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { useImages } from '../../hooks/useCloud.ts';
import { useInstances } from '../../hooks/useInstances.ts';
import { DefineDialog } from './DefineDialog.tsx';
import { InstanceRow } from './InstanceRow.tsx';

/** @public Loaded by name when the address is first visited. */
export function InstancesPage() {
  const { t } = useTranslation();
  const instances = useInstances();
  const images = useImages();
  const [defining, setDefining] = useState(false);
  const nameOf = (id: string): string => images.data?.find((image) => image.id === id)?.name ?? id;
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{t('instance.title')}</h1>
          <p className="lead">{t('instance.lead')}</p>
        </div>
        <button type="button" className="primary" onClick={() => setDefining(true)}>{t('instance.define')}</button>
      </div>
      {instances.isError ? <ProblemLine error={instances.error} onRetry={() => void instances.refetch()} /> : null}
      {instances.isPending ? <p>{t('loading')}</p> : null}
      {instances.data?.length === 0 ? <div className="empty"><h2>{t('instance.none')}</h2><p>{t('instance.noneText')}</p></div> : null}
      <ul className="rows">{instances.data?.map((instance) => <InstanceRow key={instance.id} instance={instance} imageName={nameOf(instance.imageId)} />)}</ul>
      {defining ? <DefineDialog images={(images.data ?? []).filter((image) => image.usage !== 'medium' && image.latest)} onClose={() => setDefining(false)} /> : null}
    </>
  );
}
