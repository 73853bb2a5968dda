// Makes an OS type, or changes one: only what was changed is sent, and only if nobody else was faster.
import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { AUDIO_MODELS, DISK_BUSES, NIC_MODELS, shippedText, VIDEO_MODELS, type GuestHardware, type OsTypeView, type VmTypeView } from '@educloud/contracts';
import { Dialog } from '../../components/Dialog.tsx';
import { FormEnd } from '../../components/FormEnd.tsx';
import { languageOf } from '../../hooks/useErrorWords.ts';
import { useChangeType } from '../../hooks/useTypes.ts';
import { changed } from '../changed.ts';

/** What any system of the last ten years knows. */
const USUAL: GuestHardware = { diskBus: 'sata', nicModel: 'e1000e', video: 'vga', audio: 'none', localtime: false };

function Choice<T extends string>({ label, name, value, options, onChange }: { label: string; name: string; value: T; options: readonly T[]; onChange: (value: T) => void }) {
  return <label>{label}<select name={name} value={value} onChange={(event) => onChange(event.target.value as T)}>{options.map((each) => <option key={each} value={each}>{each}</option>)}</select></label>;
}

export function OsTypeDialog({ type, vmTypes, onClose }: { type: OsTypeView | null; vmTypes: VmTypeView[]; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const change = useChangeType('ostypes');
  const words = shippedText(type?.title ?? '', languageOf(i18n.language));
  const [name, setName] = useState('');
  const [title, setTitle] = useState(words);
  const [hardware, setHardware] = useState<GuestHardware>(type ?? USUAL);
  const [chosenVmType, setVmType] = useState(type?.defaultVmType ?? null);
  const vmType = chosenVmType ?? vmTypes[0]?.name ?? '';
  const set = (part: Partial<GuestHardware>): void => setHardware((before) => ({ ...before, ...part }));

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const now = { title: title.trim(), diskBus: hardware.diskBus, nicModel: hardware.nicModel, video: hardware.video, audio: hardware.audio, localtime: hardware.localtime, defaultVmType: vmType };
    change.mutate(type ? { modify: type, body: changed({ ...type, title: words }, now) } : { create: { name, ...now } }, { onSuccess: onClose });
  };

  return (
    <Dialog title={type ? t('types.editTitle', { name: type.name }) : t('types.newOs')} onClose={onClose}>
      <form onSubmit={submit}>
        {type ? null : <label><span>{t('types.name')} <small>{t('types.nameHint')}</small></span><input name="name" value={name} onChange={(event) => setName(event.target.value)} maxLength={32} required autoFocus /></label>}
        <label>{t('types.osTitle')}<input name="title" value={title} onChange={(event) => setTitle(event.target.value)} maxLength={128} required /></label>
        <div className="pair">
          <Choice label={t('types.diskBus')} name="diskBus" value={hardware.diskBus} options={DISK_BUSES} onChange={(value) => set({ diskBus: value })} />
          <Choice label={t('types.nic')} name="nicModel" value={hardware.nicModel} options={NIC_MODELS} onChange={(value) => set({ nicModel: value })} />
        </div>
        <div className="pair">
          <Choice label={t('types.video')} name="video" value={hardware.video} options={VIDEO_MODELS} onChange={(value) => set({ video: value })} />
          <Choice label={t('types.audio')} name="audio" value={hardware.audio} options={AUDIO_MODELS} onChange={(value) => set({ audio: value })} />
        </div>
        <div className="pair">
          <label>{t('types.clock')}<select name="clock" value={hardware.localtime ? 'local' : 'utc'} onChange={(event) => set({ localtime: event.target.value === 'local' })}><option value="utc">{t('types.utc')}</option><option value="local">{t('types.local')}</option></select></label>
          <Choice label={t('types.usualSize')} name="vmType" value={vmType} options={vmTypes.map((each) => each.name)} onChange={setVmType} />
        </div>
        <FormEnd submit={t(type ? 'types.save' : 'types.create')} disabled={change.isPending} onBack={onClose} error={change.error} />
      </form>
    </Dialog>
  );
}
