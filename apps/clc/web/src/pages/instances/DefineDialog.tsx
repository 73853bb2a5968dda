// Asks what a new machine shall be, and leads to it. Nothing runs yet.
import { useState } from 'react';
import type { FormEvent } from 'react';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { LIFETIMES, type ImageView, type InstanceKind } from '@educloud/contracts';
import { Dialog } from '../../components/Dialog.tsx';
import { FieldOf, RefusedWith } from '../../components/FieldOf.tsx';
import { FormEnd } from '../../components/FormEnd.tsx';
import { useFirstWrong } from '../../hooks/useFirstWrong.ts';
import { useDefine } from '../../hooks/useInstances.ts';
import { useTypes } from '../../hooks/useTypes.ts';
import { changed } from '../changed.ts';
import { machineBy, USUAL_MACHINE } from './machine-text.ts';
import { MachineFields, standsAtInput } from './MachineFields.tsx';

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
  const [memory, setMemory] = useState('');
  const [cpus, setCpus] = useState('');
  const form = useFirstWrong(define.error);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!image) return;
    const { autoStop, ...asked } = changed(machineBy(kind, USUAL_MACHINE), machineBy(kind, text));
    define.mutate(
      { name: name.trim(), imageId: image.id, kind, ...asked, lifetime: text.lifetime, ...(autoStop ? { autoStop } : {}), ...(vmType ? { vmType } : {}), ...(memory ? { memoryMiB: Number(memory) } : {}), ...(cpus ? { cpus: Number(cpus) } : {}) },
      { onSuccess: (made) => void navigate({ to: '/instances/$id', params: { id: made.id } }) },
    );
  };
  return (
    <Dialog title={t('instance.define')} onClose={onClose}>
      <RefusedWith value={define.error}>
        <form ref={form} onSubmit={submit}>
          <FieldOf of={['name']} label={t('instance.name')}>{(props) => <input name="name" value={name} onChange={(event) => setName(event.target.value)} maxLength={128} required autoFocus {...props} />}</FieldOf>
          <FieldOf of={['imageId']} label={t('instance.image')}>{(props) => <select name="image" value={image?.id ?? ''} onChange={(event) => setImageId(event.target.value)} required {...props}>{images.map((each) => <option key={each.id} value={each.id}>{each.name}</option>)}</select>}</FieldOf>
          <div className="pair">
            <FieldOf of={['kind']} label={t('instance.kindLabel')}>{(props) => <select name="kind" value={kind} onChange={(event) => setKind(event.target.value as InstanceKind)} {...props}>{(['rvd', 'vs', 'lvd'] as const).map((each) => <option key={each} value={each}>{t(`instance.kind.${each}`)}</option>)}</select>}</FieldOf>
            <FieldOf of={['vmType']} label={t('instance.type')}>{(props) => <select name="type" value={vmType} onChange={(event) => setVmType(event.target.value)} {...props}><option value="">{t('begin.usual')}</option>{types.map((each) => <option key={each.name} value={each.name}>{each.name}</option>)}</select>}</FieldOf>
          </div>
          <div className="pair">
            <FieldOf of={['memoryMiB']} label={t('begin.memory')}>{(props) => <input name="memory" type="number" min="96" max="1048576" value={memory} onChange={(event) => setMemory(event.target.value)} placeholder={t('about.ofSize')} {...props} />}</FieldOf>
            <FieldOf of={['cpus']} label={t('begin.cpus')}>{(props) => <input name="cpus" type="number" min="1" max="256" value={cpus} onChange={(event) => setCpus(event.target.value)} placeholder={t('about.ofSize')} {...props} />}</FieldOf>
          </div>
          <MachineFields kind={kind} text={text} told={null} usualDisk={t('about.ofSize')} usualServices={t('instance.servicesText')} onChange={setText} />
          <FormEnd submit={t('instance.submit')} disabled={define.isPending || !image} onBack={onClose} error={define.error} shownAtFields={standsAtInput} />
        </form>
      </RefusedWith>
    </Dialog>
  );
}
