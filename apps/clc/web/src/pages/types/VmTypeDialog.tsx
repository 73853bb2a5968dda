// Makes a VM type, or changes one: only what was changed is sent, and only if nobody else was faster.
import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { shippedText, type VmTypeView } from '@educloud/contracts';
import { Dialog } from '../../components/Dialog.tsx';
import { FormEnd } from '../../components/FormEnd.tsx';
import { languageOf } from '../../hooks/useErrorWords.ts';
import { useChangeType } from '../../hooks/useTypes.ts';
import { changed } from '../changed.ts';

export function VmTypeDialog({ type, onClose }: { type: VmTypeView | null; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const change = useChangeType('vmtypes');
  const words = shippedText(type?.description ?? '', languageOf(i18n.language));
  const [name, setName] = useState('');
  const [memory, setMemory] = useState(String(type?.memoryMiB ?? 2048));
  const [cpus, setCpus] = useState(String(type?.cpus ?? 2));
  const [disk, setDisk] = useState(String(type?.diskGiB ?? 0));
  const [description, setDescription] = useState(words);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const now = { memoryMiB: Number(memory), cpus: Number(cpus), diskGiB: Number(disk), description };
    change.mutate(type ? { modify: type, body: changed({ ...type, description: words }, now) } : { create: { name, ...now } }, { onSuccess: onClose });
  };

  return (
    <Dialog title={type ? t('types.editTitle', { name: type.name }) : t('types.newVm')} onClose={onClose}>
      <form onSubmit={submit}>
        {type ? null : <label><span>{t('types.name')} <small>{t('types.nameHint')}</small></span><input name="name" value={name} onChange={(event) => setName(event.target.value)} maxLength={32} required autoFocus /></label>}
        <div className="pair">
          <label>{t('begin.memory')}<input name="memory" type="number" min="96" max="1048576" value={memory} onChange={(event) => setMemory(event.target.value)} required /></label>
          <label>{t('begin.cpus')}<input name="cpus" type="number" min="1" max="256" value={cpus} onChange={(event) => setCpus(event.target.value)} required /></label>
        </div>
        <label><span>{t('begin.blank')} <small>{t('types.diskHint')}</small></span><input name="disk" type="number" min="0" max="65536" value={disk} onChange={(event) => setDisk(event.target.value)} required /></label>
        <label><span>{t('begin.description')} <small>{t('begin.optional')}</small></span><textarea name="description" rows={2} maxLength={500} value={description} onChange={(event) => setDescription(event.target.value)} /></label>
        <FormEnd submit={t(type ? 'types.save' : 'types.create')} disabled={change.isPending} onBack={onClose} error={change.error} />
      </form>
    </Dialog>
  );
}
