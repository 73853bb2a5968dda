// Asks what a new machine shall be, and leads to it. Nothing runs yet.
import { useState } from 'react';
import type { FormEvent } from 'react';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { LIFETIMES, type ImageView, type InstanceKind, type Lifetime } from '@educloud/contracts';
import { Dialog } from '../../components/Dialog.tsx';
import { FormEnd } from '../../components/FormEnd.tsx';
import { useDefine } from '../../hooks/useInstances.ts';
import { useTypes } from '../../hooks/useTypes.ts';
import { CardsAndServices, cardsBy, USUAL_CARDS } from './CardsAndServices.tsx';
import { FirstStart, NOTHING_TOLD, toldBy } from './FirstStart.tsx';
import { RuntimeSettings, runtimeBy, USUAL_RUNTIME } from './RuntimeSettings.tsx';

export function DefineDialog({ images, onClose }: { images: ImageView[]; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const define = useDefine();
  const types = useTypes('vmtypes').data ?? [];
  const [name, setName] = useState('');
  // The images may come after the dialog was opened.
  const [imageId, setImageId] = useState<string | null>(null);
  const image = images.find((each) => each.id === imageId) ?? images[0];
  const [chosenKind, setKind] = useState<InstanceKind | null>(null);
  const kind = chosenKind ?? (image?.usage === 'server' ? 'vs' : 'rvd');
  const [wantedLifetime, setLifetime] = useState<Lifetime>('persistent');
  const lifetime = LIFETIMES[kind].includes(wantedLifetime) ? wantedLifetime : 'persistent';
  const [vmType, setVmType] = useState('');
  const [group, setGroup] = useState('');

  const [dataDisk, setDataDisk] = useState('');
  const [cards, setCards] = useState(USUAL_CARDS);
  const [stopAfter, setStopAfter] = useState('');
  const [stopIdle, setStopIdle] = useState('');
  const [runtime, setRuntime] = useState(USUAL_RUNTIME);
  const [firstStart, setFirstStart] = useState(NOTHING_TOLD);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!image) return;
    const inCloud = kind !== 'lvd';
    const cloudInit = inCloud ? toldBy(firstStart) : null;
    const stops = { ...(Number(stopAfter) > 0 ? { afterMinutes: Number(stopAfter) } : {}), ...(Number(stopIdle) > 0 ? { idleMinutes: Number(stopIdle) } : {}) };
    const ofCloud = inCloud ? { ...cardsBy(cards), ...runtimeBy(runtime), ...(Object.keys(stops).length > 0 ? { autoStop: stops } : {}), ...(Number(dataDisk) > 0 ? { dataDiskGiB: Number(dataDisk) } : {}) } : {};
    define.mutate(
      { name: name.trim(), imageId: image.id, kind, lifetime, ...(vmType ? { vmType } : {}), ...(cloudInit ? { cloudInit } : {}), ...ofCloud, ...(!inCloud && group.trim() ? { ownerGroup: group.trim() } : {}) },
      { onSuccess: (made) => void navigate({ to: '/instances/$id', params: { id: made.id } }) },
    );
  };
  return (
    <Dialog title={t('instance.define')} onClose={onClose}>
      <form onSubmit={submit}>
        <label>{t('instance.name')}<input name="name" value={name} onChange={(event) => setName(event.target.value)} maxLength={128} required autoFocus /></label>
        <label>{t('instance.image')}<select name="image" value={image?.id ?? ''} onChange={(event) => setImageId(event.target.value)} required>{images.map((each) => <option key={each.id} value={each.id}>{each.name}</option>)}</select></label>
        <div className="pair">
          <label>{t('instance.kindLabel')}<select name="kind" value={kind} onChange={(event) => setKind(event.target.value as InstanceKind)}>{(['rvd', 'vs', 'lvd'] as const).map((each) => <option key={each} value={each}>{t(`instance.kind.${each}`)}</option>)}</select></label>
          <label>{t('instance.type')}<select name="type" value={vmType} onChange={(event) => setVmType(event.target.value)}><option value="">{t('begin.usual')}</option>{types.map((each) => <option key={each.name} value={each.name}>{each.name}</option>)}</select></label>
        </div>
        <div className="pair">
          <label>{t('instance.disk')}<select name="lifetime" value={lifetime} onChange={(event) => setLifetime(event.target.value as Lifetime)}>{LIFETIMES[kind].map((each) => <option key={each} value={each}>{t(`instance.lifetime.${each}`)}</option>)}</select></label>
          {kind === 'lvd'
            ? <label>{t('local.group')}<input name="ownerGroup" value={group} onChange={(event) => setGroup(event.target.value)} maxLength={200} placeholder={t('local.groupAll')} /></label>
            : <label>{t('instance.dataDisk')}<input name="dataDisk" type="number" min="0" max="65536" value={dataDisk} onChange={(event) => setDataDisk(event.target.value)} placeholder={t('instance.dataDiskNone')} /></label>}
        </div>
        {kind === 'lvd' ? null : (
          <>
            <div className="pair">
              <label>{t('instance.stopAfter')}<input name="stopAfter" type="number" min="1" max="43200" value={stopAfter} onChange={(event) => setStopAfter(event.target.value)} placeholder={t('instance.stopAfterNever')} /></label>
              <label>{t('instance.stopIdle')}<input name="stopIdle" type="number" min="1" max="10080" value={stopIdle} onChange={(event) => setStopIdle(event.target.value)} placeholder={t('instance.stopAfterNever')} /></label>
            </div>
            <CardsAndServices text={cards} onChange={setCards} />
            <RuntimeSettings text={runtime} onChange={setRuntime} />
            <FirstStart text={firstStart} onChange={setFirstStart} />
          </>
        )}
        <FormEnd submit={t('instance.submit')} disabled={define.isPending || !image} onBack={onClose} error={define.error} />
      </form>
    </Dialog>
  );
}
