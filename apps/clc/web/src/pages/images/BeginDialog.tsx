// Asks what is needed to begin a build, and leads to its wizard.
import { useState } from 'react';
import type { FormEvent } from 'react';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ImageView } from '@educloud/contracts';
import { Dialog } from '../../components/Dialog.tsx';
import { FormEnd } from '../../components/FormEnd.tsx';
import { useBegin, useStatus } from '../../hooks/useCloud.ts';
import { useOsTypeTitle, useTypes } from '../../hooks/useTypes.ts';

const GIB = 1024 ** 3;

interface Props {
  image: ImageView;
  kind: 'image/create' | 'image/modify';
  onClose: () => void;
}

export function BeginDialog({ image, kind, onClose }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const begin = useBegin();
  const cloud = useStatus().data;
  const listed = (cloud?.daemons ?? []).filter((daemon) => daemon.role === 'nc');
  const nodes = listed.filter((daemon) => daemon.state === 'up' && daemon.enabled && !daemon.fenced);
  // Of thousands not all are listed: then the name is typed.
  const more = (cloud?.nodes?.all ?? 0) > listed.length;
  const vmTypes = useTypes('vmtypes').data ?? [];
  const osTypeTitle = useOsTypeTitle();
  // That of the medium can be chosen before the others are known.
  const osTypes = [...new Set([image.ostype, ...(useTypes('ostypes').data ?? []).map((type) => type.name)])];
  const medium = image.usage === 'medium';
  const create = kind === 'image/create';
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [usage, setUsage] = useState<'desktop' | 'server'>(image.usage === 'server' ? 'server' : 'desktop');
  const [ostype, setOstype] = useState(image.ostype);
  const [blankGiB, setBlankGiB] = useState('40');
  const [vmType, setVmType] = useState('');
  const [memory, setMemory] = useState('');
  const [cpus, setCpus] = useState('');
  const [node, setNode] = useState('');

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const machine = { ...(vmType ? { vmType } : {}), ...(memory ? { memoryMiB: Number(memory) } : {}), ...(cpus ? { cpus: Number(cpus) } : {}), ...(node ? { node } : {}) };
    begin.mutate(
      create
        ? { kind, srcId: image.id, body: { name: name.trim(), description, usage, ...(medium ? { ostype, blankBytes: Math.round(Number(blankGiB) * GIB) } : {}), ...machine } }
        : { kind: 'image/modify', srcId: image.id, body: machine },
      { onSuccess: (task) => void navigate({ to: '/tasks/$tid', params: { tid: task.tid } }) },
    );
  };

  return (
    <Dialog title={t(create ? 'begin.createTitle' : 'begin.modifyTitle', { name: image.name })} onClose={onClose}>
      <p className="lead">{create ? t('begin.createLead') : t('begin.modifyLead', { version: image.latest?.version })}</p>
      <form onSubmit={submit}>
        {create ? (
          <>
            <label>{t('begin.name')}<input name="name" value={name} onChange={(event) => setName(event.target.value)} placeholder={t('begin.nameHint')} maxLength={128} required autoFocus /></label>
            <label><span>{t('begin.description')} <small>{t('begin.optional')}</small></span><textarea name="description" rows={2} maxLength={2000} value={description} onChange={(event) => setDescription(event.target.value)} /></label>
            <div className="pair">
              <label>{t('begin.usage')}<select name="usage" value={usage} onChange={(event) => setUsage(event.target.value as 'desktop' | 'server')}><option value="desktop">{t('image.usage.desktop')}</option><option value="server">{t('image.usage.server')}</option></select></label>
              {medium ? <label>{t('begin.blank')}<input name="blank" type="number" min="1" max="16384" step="any" value={blankGiB} onChange={(event) => setBlankGiB(event.target.value)} required /></label> : null}
            </div>
            {medium ? <label>{t('begin.ostype')}<select name="ostype" value={ostype} onChange={(event) => setOstype(event.target.value)}>{osTypes.map((type) => <option key={type} value={type}>{osTypeTitle(type)}</option>)}</select></label> : null}
          </>
        ) : null}
        <details>
          <summary>{t('begin.more')}</summary>
          <label>{t('begin.vmType')}<select name="vmType" value={vmType} onChange={(event) => setVmType(event.target.value)}><option value="">{t('begin.vmTypeUsual')}</option>{vmTypes.map((each) => <option key={each.name} value={each.name}>{`${each.name} · ${t('types.size', { memory: each.memoryMiB, cpus: each.cpus })}`}</option>)}</select></label>
          <div className="pair">
            <label>{t('begin.memory')}<input name="memory" type="number" min="96" max="1048576" placeholder={t('begin.usual')} value={memory} onChange={(event) => setMemory(event.target.value)} /></label>
            <label>{t('begin.cpus')}<input name="cpus" type="number" min="1" max="256" placeholder={t('begin.usual')} value={cpus} onChange={(event) => setCpus(event.target.value)} /></label>
          </div>
          <label>{t('begin.node')}
            {more
              ? <><input name="node" list="nodes" placeholder={t('begin.anyNode')} maxLength={63} value={node} onChange={(event) => setNode(event.target.value.trim())} /><datalist id="nodes">{nodes.map((each) => <option key={each.id} value={each.name} />)}</datalist></>
              : <select name="node" value={node} onChange={(event) => setNode(event.target.value)}><option value="">{t('begin.anyNode')}</option>{nodes.map((each) => <option key={each.id} value={each.id}>{each.name}</option>)}</select>}
          </label>
        </details>
        <FormEnd submit={t('begin.submit')} disabled={begin.isPending} onBack={onClose} error={begin.error} />
      </form>
    </Dialog>
  );
}
