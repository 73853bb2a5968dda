// Changes a machine that is off: only what was changed is sent, and only if nobody else was faster. It counts from its next start on.
import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { InstanceView } from '@educloud/contracts';
import { Dialog } from '../../components/Dialog.tsx';
import { FormEnd } from '../../components/FormEnd.tsx';
import { useChange } from '../../hooks/useInstances.ts';
import { changed } from '../changed.ts';
import { machineBy, machineText } from './machine-text.ts';
import { MachineFields } from './MachineFields.tsx';

export function ChangeDialog({ instance, onClose }: { instance: InstanceView; onClose: () => void }) {
  const { t } = useTranslation();
  // What it was when the dialog was opened: the page goes on showing what becomes of it.
  const [before] = useState(instance);
  const change = useChange(before);
  const [name, setName] = useState(before.name);
  const [memory, setMemory] = useState(String(before.memoryMiB));
  const [cpus, setCpus] = useState(String(before.cpus));
  const [text, setText] = useState(() => machineText(before));

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const asked = { ...changed(before, { name: name.trim(), memoryMiB: Number(memory), cpus: Number(cpus) }), ...changed(machineBy(before.kind, machineText(before), before), machineBy(before.kind, text, before)) };
    if (Object.keys(asked).length === 0) onClose();
    else change.mutate(asked, { onSuccess: onClose });
  };
  return (
    <Dialog title={t('instance.changeTitle', { name: before.name })} onClose={onClose}>
      <form onSubmit={submit}>
        <label>{t('instance.name')}<input name="name" value={name} onChange={(event) => setName(event.target.value)} maxLength={128} required autoFocus /></label>
        <div className="pair">
          <label>{t('begin.memory')}<input name="memory" type="number" min="96" max="1048576" value={memory} onChange={(event) => setMemory(event.target.value)} required /></label>
          <label>{t('begin.cpus')}<input name="cpus" type="number" min="1" max="256" value={cpus} onChange={(event) => setCpus(event.target.value)} required /></label>
        </div>
        <MachineFields kind={before.kind} text={text} onChange={setText} />
        <p><small>{t('instance.changeFrom')}</small></p>
        <FormEnd submit={t('types.save')} disabled={change.isPending} onBack={onClose} error={change.error} />
      </form>
    </Dialog>
  );
}
