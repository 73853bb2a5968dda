// Changes a machine that is off: only what was changed is sent, and only if nobody else was faster. It counts from its next start on.
import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { InstanceView } from '@educloud/contracts';
import { Dialog } from '../../components/Dialog.tsx';
import { FieldOf, RefusedWith } from '../../components/FieldOf.tsx';
import { FormEnd } from '../../components/FormEnd.tsx';
import { useFirstWrong } from '../../hooks/useFirstWrong.ts';
import { useChange } from '../../hooks/useInstances.ts';
import { useTypes } from '../../hooks/useTypes.ts';
import { changed } from '../changed.ts';
import { machineBy, machineText } from './machine-text.ts';
import { MachineFields, standsAtInput } from './MachineFields.tsx';

export function ChangeDialog({ instance, onClose }: { instance: InstanceView; onClose: () => void }) {
  const { t } = useTranslation();
  // What it was when the dialog was opened: the page goes on showing what becomes of it.
  const [before] = useState(instance);
  const change = useChange(before);
  const types = useTypes('vmtypes').data ?? [];
  const form = useFirstWrong(change.error);
  const [name, setName] = useState(before.name);
  const [vmType, setVmType] = useState(before.vmType ?? '');
  const [memory, setMemory] = useState(String(before.memoryMiB));
  const [cpus, setCpus] = useState(String(before.cpus));
  const [text, setText] = useState(() => machineText(before));

  // What a type brings is seen before it is saved, and can be changed at once.
  const chooseType = (chosen: string): void => {
    setVmType(chosen);
    const type = types.find((each) => each.name === chosen);
    if (!type) return;
    setMemory(String(type.memoryMiB));
    setCpus(String(type.cpus));
    setText({ ...text, disk: type.diskGiB ? String(type.diskGiB) : '' });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const machine = machineBy(before.kind, text, before);
    const sizes = { memoryMiB: Number(memory), cpus: Number(cpus) };
    const asked = {
      ...changed(before, { name: name.trim() }), ...changed(machineBy(before.kind, machineText(before), before), machine),
      // Another type would bring sizes of its own: those that are shown go with it.
      ...(vmType === (before.vmType ?? '') ? changed(before, sizes) : { vmType, ...sizes, ...(machine.diskGiB === undefined ? {} : { diskGiB: machine.diskGiB }) }),
    };
    if (Object.keys(asked).length === 0) onClose();
    else change.mutate(asked, { onSuccess: onClose });
  };
  return (
    <Dialog title={t('instance.changeTitle', { name: before.name })} onClose={onClose}>
      <RefusedWith value={change.error}>
        <form ref={form} onSubmit={submit}>
          <FieldOf of={['name']} label={t('instance.name')}>{(props) => <input name="name" value={name} onChange={(event) => setName(event.target.value)} maxLength={128} required autoFocus {...props} />}</FieldOf>
          <FieldOf of={['vmType']} label={t('instance.type')}>{(props) => (
            <select name="type" value={vmType} onChange={(event) => chooseType(event.target.value)} {...props}>
              {before.vmType === null ? <option value="">{t('about.ownSize')}</option> : types.some((each) => each.name === before.vmType) ? null : <option value={before.vmType}>{before.vmType}</option>}
              {types.map((each) => <option key={each.name} value={each.name}>{each.name}</option>)}
            </select>
          )}</FieldOf>
          <div className="pair">
            <FieldOf of={['memoryMiB']} label={t('begin.memory')}>{(props) => <input name="memory" type="number" min="96" max="1048576" value={memory} onChange={(event) => setMemory(event.target.value)} required {...props} />}</FieldOf>
            <FieldOf of={['cpus']} label={t('begin.cpus')}>{(props) => <input name="cpus" type="number" min="1" max="256" value={cpus} onChange={(event) => setCpus(event.target.value)} required {...props} />}</FieldOf>
          </div>
          <MachineFields kind={before.kind} text={text} told={before.cloudInit} usualDisk={t('about.asImage')} usualServices={t('instance.servicesNone')} onChange={setText} />
          <p><small>{t('instance.changeFrom')}</small></p>
          <FormEnd submit={t('types.save')} disabled={change.isPending} onBack={onClose} error={change.error} shownAtFields={standsAtInput} />
        </form>
      </RefusedWith>
    </Dialog>
  );
}
