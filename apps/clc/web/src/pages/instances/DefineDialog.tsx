// Asks what a new machine shall be, and leads to it. Nothing runs yet.
import { useState } from 'react';
import type { FormEvent } from 'react';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { LIFETIMES, type ImageView, type InstanceKind } from '@educloud/contracts';
import { Dialog } from '../../components/Dialog.tsx';
import { FormEnd } from '../../components/FormEnd.tsx';
import { useDefine } from '../../hooks/useInstances.ts';
import { useTypes } from '../../hooks/useTypes.ts';
import { changed } from '../changed.ts';
import { FirstStart, NOTHING_TOLD, toldBy } from './FirstStart.tsx';
import { machineBy, USUAL_MACHINE } from './machine-text.ts';
import { MachineFields } from './MachineFields.tsx';

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
  const [vmType, setVmType] = useState('');
  const [typed, setText] = useState(USUAL_MACHINE);
  const text = LIFETIMES[kind].includes(typed.lifetime) ? typed : { ...typed, lifetime: USUAL_MACHINE.lifetime };
  const [firstStart, setFirstStart] = useState(NOTHING_TOLD);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!image) return;
    const cloudInit = kind === 'lvd' ? null : toldBy(firstStart);
    const { autoStop, ...asked } = changed(machineBy(kind, USUAL_MACHINE), machineBy(kind, text));
    define.mutate(
      { name: name.trim(), imageId: image.id, kind, ...asked, lifetime: text.lifetime, ...(autoStop ? { autoStop } : {}), ...(vmType ? { vmType } : {}), ...(cloudInit ? { cloudInit } : {}) },
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
        <MachineFields kind={kind} text={text} onChange={setText} />
        {kind === 'lvd' ? null : <FirstStart text={firstStart} onChange={setFirstStart} />}
        <FormEnd submit={t('instance.submit')} disabled={define.isPending || !image} onBack={onClose} error={define.error} />
      </form>
    </Dialog>
  );
}
