// Changes the network of a cluster: all of it at once, and only if nobody else was faster. What is refused stands at its field.
import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { ClusterNetworkView } from '@educloud/contracts';
import { Dialog } from '../../components/Dialog.tsx';
import { Field } from '../../components/Field.tsx';
import { FormEnd } from '../../components/FormEnd.tsx';
import { covers, useFieldProblems } from '../../hooks/useErrorWords.ts';
import { useFirstWrong } from '../../hooks/useFirstWrong.ts';
import { useChangeNetwork } from '../../hooks/useNetworks.ts';
import { settingOf, textOf, type PortField, type SettingText } from './setting-text.ts';

/** Under each input the fields of the answer that it stands for. */
const STANDS_FOR = {
  mode: ['mode'], accessHost: ['accessHost'], rdpPorts: ['rdpPorts.*'], managementPorts: ['managementPorts.*'], bridge: ['bridge'],
  cidr: ['privateNet.cidr', 'privateNet'], addresses: ['privateNet.from', 'privateNet.to'], gateway: ['privateNet.gateway'], dns: ['privateNet.dns.*'], publicIps: ['publicIps.*'], macs: ['macs.*'],
} as const satisfies Record<keyof SettingText, readonly string[]>;

const EXAMPLES: Partial<Record<keyof SettingText, string>> = { rdpPorts: '17000-17999', managementPorts: '18000-18999', accessHost: 'desktops.school.example', bridge: 'br0', cidr: '10.20.0.0/16', addresses: '10.20.1.1-10.20.1.200', gateway: '10.20.0.1', dns: '10.20.0.1', publicIps: '203.0.113.10-203.0.113.29', macs: '52:54:00:00:00:01-52:54:00:00:ff:ff' };

export function NetworkDialog({ network, onClose }: { network: ClusterNetworkView; onClose: () => void }) {
  const { t } = useTranslation();
  const change = useChangeNetwork(network.ccId);
  const problems = useFieldProblems(change.error);
  const [rev] = useState(network.rev);
  const [text, setText] = useState(() => textOf(network));
  const [unreadable, setUnreadable] = useState<PortField[]>([]);
  const wrong = (field: keyof SettingText): string | null => (unreadable.some((each) => each === field) ? t('networks.portsForm') : problems.at(STANDS_FOR[field]));

  const form = useFirstWrong(change.error, unreadable);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const { setting, wrong: cannotBeSent } = settingOf(text);
    setUnreadable(cannotBeSent);
    if (cannotBeSent.length === 0) change.mutate({ rev, setting }, { onSuccess: onClose });
  };
  const input = (field: Exclude<keyof SettingText, 'mode'>, hint?: string) => (
    <Field label={t(`networks.field.${field}`)} hint={hint} wrong={wrong(field)}>
      {(props) => <input name={field} className="mono" value={text[field]} onChange={(event) => setText({ ...text, [field]: event.target.value })} placeholder={EXAMPLES[field]} maxLength={1000} autoComplete="off" spellCheck={false} {...props} />}
    </Field>
  );
  return (
    <Dialog title={t('networks.change', { cluster: network.cluster })} onClose={onClose}>
      <form ref={form} onSubmit={submit} noValidate>
        <p className="lead">{t('networks.changeLead')}</p>
        <Field label={t('networks.field.mode')} wrong={wrong('mode')}>
          {(props) => <select name="mode" value={text.mode} onChange={(event) => setText({ ...text, mode: event.target.value as SettingText['mode'] })} {...props}>{(['public', 'private'] as const).map((mode) => <option key={mode} value={mode}>{t(`networks.mode.${mode}`)}</option>)}</select>}
        </Field>
        {input('accessHost', t('networks.accessHostHint'))}
        <div className="pair">{input('rdpPorts')}{input('managementPorts')}</div>
        <div className="pair">{input('bridge', t('networks.bridgeHint'))}{input('cidr')}</div>
        {input('addresses')}
        <div className="pair">{input('gateway')}{input('dns')}</div>
        {input('publicIps', t('networks.several'))}
        {input('macs', t('networks.macsHint'))}
        <FormEnd submit={t('types.save')} disabled={change.isPending} onBack={onClose} error={change.error} shownAtFields={(field) => Object.values(STANDS_FOR).flat().some((each) => covers(each, field))} />
      </form>
    </Dialog>
  );
}
