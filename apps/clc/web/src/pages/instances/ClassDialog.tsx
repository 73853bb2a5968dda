// Asks what a class shall be: so many machines alike, started at once.
import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { BATCH_MOST, LIFETIMES, NUMBER_IN_NAME, numberedName, type ImageView, type InstanceKind, type Lifetime } from '@educloud/contracts';
import { Dialog } from '../../components/Dialog.tsx';
import { FormEnd } from '../../components/FormEnd.tsx';
import { useBegin } from '../../hooks/useBatches.ts';
import { useTypes } from '../../hooks/useTypes.ts';

export function ClassDialog({ images, onClose }: { images: ImageView[]; onClose: () => void }) {
  const { t } = useTranslation();
  const begin = useBegin();
  const types = useTypes('vmtypes').data ?? [];
  const [name, setName] = useState(`pc-${NUMBER_IN_NAME}`);
  const [count, setCount] = useState(20);
  // The images may come after the dialog was opened.
  const [imageId, setImageId] = useState<string | null>(null);
  const image = images.find((each) => each.id === imageId) ?? images[0];
  const kind: InstanceKind = image?.usage === 'server' ? 'vs' : 'rvd';
  const [wanted, setLifetime] = useState<Lifetime>('temporary');
  const lifetime = LIFETIMES[kind].includes(wanted) ? wanted : 'temporary';
  const [vmType, setVmType] = useState('');

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!image) return;
    begin.mutate({ action: 'define-and-run', count, definition: { name: name.trim(), imageId: image.id, lifetime, ...(vmType ? { vmType } : {}) } }, { onSuccess: onClose });
  };
  return (
    <Dialog title={t('batch.class')} onClose={onClose}>
      <form onSubmit={submit}>
        <label>{t('instance.image')}<select name="image" value={image?.id ?? ''} onChange={(event) => setImageId(event.target.value)} required autoFocus>{images.map((each) => <option key={each.id} value={each.id}>{each.name}</option>)}</select></label>
        <div className="pair">
          <label>{t('batch.count')}<input name="count" type="number" min={1} max={BATCH_MOST} value={count} onChange={(event) => setCount(Number(event.target.value))} required /></label>
          <label>{t('batch.names')}<input name="name" value={name} onChange={(event) => setName(event.target.value)} maxLength={120} required aria-describedby="class-names" /></label>
        </div>
        <p id="class-names" className="row-text">{name.includes(NUMBER_IN_NAME) || count === 1 ? t('batch.namesLike', { first: numberedName(name, 1, count), last: numberedName(name, count, count) }) : t('batch.namesNeed', { braces: NUMBER_IN_NAME })}</p>
        <div className="pair">
          <label>{t('instance.type')}<select name="type" value={vmType} onChange={(event) => setVmType(event.target.value)}><option value="">{t('begin.usual')}</option>{types.map((each) => <option key={each.name} value={each.name}>{each.name}</option>)}</select></label>
          <label>{t('instance.disk')}<select name="lifetime" value={lifetime} onChange={(event) => setLifetime(event.target.value as Lifetime)}>{LIFETIMES[kind].map((each) => <option key={each} value={each}>{t(`instance.lifetime.${each}`)}</option>)}</select></label>
        </div>
        <FormEnd submit={t('batch.start')} disabled={begin.isPending || !image} onBack={onClose} error={begin.error} />
      </form>
    </Dialog>
  );
}
