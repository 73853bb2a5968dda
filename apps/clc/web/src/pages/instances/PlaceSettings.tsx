// Where a machine may run, folded away in the dialogs that define and change one: one node or cluster, an owner group, and how its node is chosen.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { InstanceKind, InstanceView, ModifyInstance, PlacementPolicy } from '@educloud/contracts';
import { FieldOf } from '../../components/FieldOf.tsx';
import { Fold } from '../../components/Fold.tsx';
import { useHosts } from '../../hooks/useHosts.ts';

const POLICIES = ['spread', 'pack', 'round-robin'] as const satisfies readonly PlacementPolicy[];

export interface PlaceText { node: string; cluster: string; group: string; policy: PlacementPolicy | '' }
export const ANYWHERE: PlaceText = { node: '', cluster: '', group: '', policy: '' };
export const placeOf = ({ node, cluster, ownerGroup, placementPolicy }: InstanceView): PlaceText => ({ node: node ?? '', cluster: cluster ?? '', group: ownerGroup ?? '', policy: placementPolicy ?? '' });

type Place = Required<Pick<ModifyInstance, 'node' | 'cluster' | 'ownerGroup' | 'placementPolicy'>>;
export const placeBy = ({ node, cluster, group, policy }: PlaceText): Place => ({ node: node.trim() || null, cluster: cluster.trim() || null, ownerGroup: group.trim() || null, placementPolicy: policy || null });

/** A local desktop has its group elsewhere, as that is what it is about. */
export function PlaceSettings({ kind, text, onChange }: { kind: InstanceKind; text: PlaceText; onChange: (text: PlaceText) => void }) {
  const { t } = useTranslation();
  const [looked, setLooked] = useState(false);
  const typed = (key: keyof PlaceText) => (event: { target: { value: string } }): void => onChange({ ...text, [key]: event.target.value });
  return (
    <Fold title={t('place.title')} onOpen={() => setLooked(true)}>
      <div className="pair">
        <FieldOf of={['node']} label={t('place.node')}>{(props) => <input name="node" list="nodes-known" value={text.node} onChange={typed('node')} placeholder={t('place.any')} maxLength={63} autoComplete="off" spellCheck={false} {...props} />}</FieldOf>
        <FieldOf of={['cluster']} label={t('place.cluster')}>{(props) => <input name="cluster" list="clusters-known" value={text.cluster} onChange={typed('cluster')} placeholder={t('place.any')} maxLength={63} autoComplete="off" spellCheck={false} {...props} />}</FieldOf>
      </div>
      {kind === 'lvd' ? null : (
        <div className="pair">
          <FieldOf of={['ownerGroup']} label={t('place.group')}>{(props) => <input name="ownerGroup" value={text.group} onChange={typed('group')} placeholder={t('place.groupNone')} maxLength={200} autoComplete="off" spellCheck={false} {...props} />}</FieldOf>
          <FieldOf of={['placementPolicy']} label={t('runtime.policy')}>{(props) => <select name="placementPolicy" value={text.policy} onChange={typed('policy')} {...props}><option value="">{t('runtime.policyOfCluster')}</option>{POLICIES.map((each) => <option key={each} value={each}>{t(`runtime.policyName.${each}`)}</option>)}</select>}</FieldOf>
        </div>
      )}
      {looked ? <HostNames /> : null}
    </Fold>
  );
}

/** What browsers offer while somebody types. */
function HostNames() {
  const hosts = useHosts().data ?? [];
  return (
    <>
      <datalist id="nodes-known">{hosts.filter(({ role }) => role === 'nc').map(({ id, name }) => <option key={id} value={name} />)}</datalist>
      <datalist id="clusters-known">{hosts.filter(({ role }) => role === 'cc').map(({ id, name }) => <option key={id} value={name} />)}</datalist>
    </>
  );
}
