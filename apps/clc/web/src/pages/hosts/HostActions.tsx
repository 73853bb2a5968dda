// What an administrator does with a host. What somebody may lose by is asked about first.
import { useState } from 'react';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { DaemonView } from '@educloud/contracts';
import type { HostAsk } from '../../api/hosts.ts';
import { AskEnd } from '../../components/AskEnd.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { useAskHost } from '../../hooks/useHosts.ts';
import { PropertiesDialog } from './PropertiesDialog.tsx';

type AskedFirst = 'poweroff' | 'fence' | 'remove';
type Plain = 'enable' | 'drain' | 'disable' | 'wake';

export function HostActions({ host }: { host: DaemonView }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const action = useAskHost(host.id);
  const [asking, setAsking] = useState<AskedFirst | 'modify' | null>(null);
  const [force, setForce] = useState(false);
  const [told, setTold] = useState<Plain | 'poweroff' | null>(null);
  const node = host.role === 'nc';
  const duty = host.duty ?? (host.enabled ? 'enabled' : 'disabled');
  const plain = ([['enable', duty !== 'enabled'], ['drain', node && duty !== 'draining'], ['disable', duty !== 'disabled'], ['wake', node && host.mac !== null && host.state === 'down']] as const).filter(([, can]) => can).map(([verb]) => verb);
  const asked = ([['poweroff', node && host.heartbeatMs !== null && host.state === 'up'], ['fence', node && host.state === 'down' && !host.fenced], ['remove', true]] as const).filter(([, can]) => can).map(([verb]) => verb);
  const named = (verb: Plain | AskedFirst | 'modify'): string => `${t(`hosts.do.${verb}`)}: ${host.name}`;
  const ask = (what: HostAsk): void => {
    setAsking(null);
    setTold(null);
    action.mutate(what, { onSuccess: () => (what.do === 'remove' ? void navigate({ to: '/hosts' }) : setTold(what.do === 'wake' || what.do === 'poweroff' ? what.do : null)) });
  };
  return (
    <section className="panel" aria-label={t('hosts.actions')}>
      {duty === 'enabled' ? null : <p className="panel-text">{t(host.drained ? 'hosts.drainedText' : `hosts.dutyText.${duty}`)}</p>}
      <div className="panel-do">
        {plain.map((verb) => <button key={verb} type="button" className={verb === 'enable' ? 'primary' : undefined} aria-label={named(verb)} disabled={action.isPending} onClick={() => ask({ do: verb })}>{t(`hosts.do.${verb}`)}</button>)}
        <button type="button" aria-label={named('modify')} onClick={() => setAsking('modify')}>{t('hosts.do.modify')}</button>
        {asked.map((verb) => <button key={verb} type="button" className={verb === 'remove' ? 'give-up' : undefined} aria-label={named(verb)} disabled={action.isPending} onClick={() => { setForce(false); setAsking(verb); }}>{t(`hosts.do.${verb}`)}</button>)}
      </div>
      {told ? <p role="status">{t(told === 'wake' ? 'hosts.waking' : 'hosts.poweringOff')}</p> : null}
      <ProblemLine error={action.error} />
      {asking === 'modify' ? <PropertiesDialog host={host} onClose={() => setAsking(null)} /> : null}
      {asking !== null && asking !== 'modify' ? (
        <Dialog title={t(`hosts.ask.${asking}`, { name: host.name })} onClose={() => setAsking(null)}>
          <p className={asking === 'fence' ? 'loss' : undefined}>{t(`hosts.askText.${asking}`)}</p>
          {asking === 'poweroff' ? <label className="check"><input type="checkbox" checked={force} onChange={(event) => setForce(event.target.checked)} /> <span>{t('hosts.force')}</span></label> : null}
          <AskEnd yes={t(`hosts.yes.${asking}`)} onYes={() => ask(asking === 'poweroff' ? { do: asking, force } : { do: asking })} onBack={() => setAsking(null)} back={t('begin.back')} />
        </Dialog>
      ) : null}
    </section>
  );
}
