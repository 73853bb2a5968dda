// Changes what is written down of a host: only what was changed is sent.
import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { PLACEMENT_POLICIES, type DaemonView, type ModifyHost, type PlacementPolicy } from '@educloud/contracts';
import { Dialog } from '../../components/Dialog.tsx';
import { FormEnd } from '../../components/FormEnd.tsx';
import { useAskHost } from '../../hooks/useHosts.ts';

const textOrNone = (text: string): string | null => text.trim() || null;
const numberOrUsual = (text: string): number | null => (text.trim() === '' ? null : Number(text));

export function PropertiesDialog({ host, onClose }: { host: DaemonView; onClose: () => void }) {
  const { t } = useTranslation();
  const change = useAskHost(host.id);
  const before = { ownerGroup: host.ownerGroup, location: host.properties?.location ?? null, mac: host.mac, cpuOvercommit: host.properties?.cpuOvercommit ?? null, memoryOvercommit: host.properties?.memoryOvercommit ?? null, placement: host.properties?.placement ?? 'spread' };
  const [ownerGroup, setOwnerGroup] = useState(before.ownerGroup ?? '');
  const [location, setLocation] = useState(before.location ?? '');
  const [mac, setMac] = useState(before.mac ?? '');
  const [cpu, setCpu] = useState(String(before.cpuOvercommit ?? ''));
  const [memory, setMemory] = useState(String(before.memoryOvercommit ?? ''));
  const [placement, setPlacement] = useState<PlacementPolicy>(before.placement);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const now = { ownerGroup: textOrNone(ownerGroup), location: textOrNone(location), mac: textOrNone(mac), cpuOvercommit: numberOrUsual(cpu), memoryOvercommit: numberOrUsual(memory), placement };
    const changed = Object.fromEntries(Object.entries(now).filter(([key, value]) => value !== before[key as keyof typeof before])) as ModifyHost;
    if (Object.keys(changed).length === 0) onClose();
    else change.mutate({ do: 'modify', body: changed }, { onSuccess: onClose });
  };
  return (
    <Dialog title={t('hosts.propertiesOf', { name: host.name })} onClose={onClose}>
      <form onSubmit={submit}>
        <label>{t('hosts.location')}<input name="location" value={location} onChange={(event) => setLocation(event.target.value)} maxLength={200} autoFocus /></label>
        <label><span>{t('hosts.ownerGroup')} <small>{t('hosts.ownerGroupHint')}</small></span><input name="ownerGroup" value={ownerGroup} onChange={(event) => setOwnerGroup(event.target.value)} maxLength={200} autoComplete="off" spellCheck={false} /></label>
        {host.role === 'nc' ? (
          <>
            <label><span>{t('hosts.mac')} <small>{t('hosts.macHint')}</small></span><input name="mac" className="mono" value={mac} onChange={(event) => setMac(event.target.value)} maxLength={17} autoComplete="off" spellCheck={false} placeholder="52:54:00:12:34:56" /></label>
            <div className="pair">
              <label>{t('hosts.cpuOvercommit')}<input name="cpuOvercommit" type="number" min="0.1" max="64" step="any" value={cpu} onChange={(event) => setCpu(event.target.value)} placeholder={t('hosts.usual')} /></label>
              <label>{t('hosts.memoryOvercommit')}<input name="memoryOvercommit" type="number" min="0.1" max="64" step="any" value={memory} onChange={(event) => setMemory(event.target.value)} placeholder={t('hosts.usual')} /></label>
            </div>
          </>
        ) : null}
        {host.role === 'cc' ? <label>{t('hosts.placement')}<select name="placement" value={placement} onChange={(event) => setPlacement(event.target.value as PlacementPolicy)}>{PLACEMENT_POLICIES.map((policy) => <option key={policy} value={policy}>{t(`hosts.policy.${policy}`)}</option>)}</select></label> : null}
        <FormEnd submit={t('types.save')} disabled={change.isPending} onBack={onClose} error={change.error} />
      </form>
    </Dialog>
  );
}
