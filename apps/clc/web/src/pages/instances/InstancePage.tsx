// One machine: what is going on with it, its buttons, its screen. Live; it reloads itself only when the stream says so.
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { InstanceView } from '@educloud/contracts';
import { statusOf } from '../../api/client.ts';
import { HistoryView } from '../../components/HistoryView.tsx';
import { Icon } from '../../components/Icon.tsx';
import { PlacementView } from '../../components/PlacementView.tsx';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { useImages } from '../../hooks/useCloud.ts';
import { useErrorWords, useSaid } from '../../hooks/useErrorWords.ts';
import { useInstance } from '../../hooks/useInstances.ts';
import { formatBytes, formatTime } from '../../i18n/format.ts';
import { Access } from './Access.tsx';
import { Actions } from './Actions.tsx';
import { Consoles } from './Consoles.tsx';
import { RuntimeFacts } from './RuntimeFacts.tsx';
import { LocalHosts } from './LocalHosts.tsx';
import { InstanceMark } from './InstanceMark.tsx';

/** @public Loaded by name when the address is first visited. */
export function InstancePage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/shell/instances/$id' });
  const instance = useInstance(id);
  if (instance.isPending) return <p role="status">{t('loading')}</p>;
  if (statusOf(instance.error) === 404 || statusOf(instance.error) === 400) {
    return <div className="empty"><h1>{t('instance.missing')}</h1><p>{t('wizard.missingText')}</p><Link className="button" to="/instances">{t('instance.back')}</Link></div>;
  }
  if (!instance.data) return <ProblemLine error={instance.error} onRetry={() => void instance.refetch()} />;
  return <Machine instance={instance.data} />;
}

function Machine({ instance }: { instance: InstanceView }) {
  const { t } = useTranslation();
  const said = useSaid();
  const words = useErrorWords();
  const { taskState } = instance;
  return (
    <article className="wizard">
      <p className="crumb"><Link to="/instances">← {t('instance.back')}</Link></p>
      <header className="wizard-head">
        <h1>{instance.name}</h1>
        <p className="facts"><InstanceMark instance={instance} /><span>{t(`instance.kind.${instance.kind}`)}</span><span>{t(`instance.lifetime.${instance.lifetime}`)}</span></p>
      </header>
      <section className="panel" aria-label={t('instance.now')}>
        {instance.error ? (
          <div className="failure">
            <Icon name="alert" />
            <div><p aria-live="polite"><strong>{said(instance.said, instance.message)}</strong></p><p>{words(instance.error).action}</p></div>
          </div>
        ) : <p className="panel-text" aria-live="polite">{said(instance.said, instance.message)}</p>}
        {taskState !== null && taskState !== 'stuck' ? <ProgressBar what={t(`instance.task.${taskState}`)} percent={instance.progress} /> : null}
        <Actions instance={instance} />
      </section>
      {instance.kind === 'lvd' ? <LocalHosts instance={instance} /> : <Consoles instance={instance} />}
      <div className="wizard-more">
        <Facts instance={instance} />
        {instance.kind === 'lvd' ? null : <PlacementView placement={instance.placement} />}
        <HistoryView plans={instance.plans} names="actionName" />
      </div>
    </article>
  );
}

function Facts({ instance }: { instance: InstanceView }) {
  const { t, i18n } = useTranslation();
  const image = useImages().data?.find((each) => each.id === instance.imageId)?.name ?? instance.imageId;
  const stops = ({ afterMinutes, idleMinutes, idleCpuPercent, at, zone }: NonNullable<InstanceView['autoStop']>): string =>
    [afterMinutes !== null ? t('instance.autoStopAfter', { count: afterMinutes }) : null, idleMinutes ? t('instance.autoStopIdle', { count: idleMinutes, percent: idleCpuPercent }) : null, ...at.map(({ days, time }) => `${days.map((day) => t(`weekday.${day}`)).join(', ')} ${time} (${zone})`)].filter(Boolean).join(' · ');
  const told = ({ hostname, user, hasPassword, sshKeys, userDataBytes }: NonNullable<InstanceView['cloudInit']>): string =>
    [hostname, user, hasPassword ? t('firstStart.hasPassword') : null, sshKeys > 0 ? t('firstStart.keys', { count: sshKeys }) : null, userDataBytes > 0 ? t('firstStart.data', { size: formatBytes(userDataBytes, i18n.language) }) : null].filter(Boolean).join(' · ');
  return (
    <section className={instance.kind === 'lvd' ? 'card wide' : 'card'} aria-labelledby="details">
      <h2 id="details">{t('wizard.details')}</h2>
      <dl>
        <div><dt>{t('instance.image')}</dt><dd>{instance.madeFrom === null ? image : t('instance.imageVersion', { image, version: instance.madeFrom })}</dd></div>
        <div><dt>{t('wizard.machine')}</dt><dd>{t('instance.size', { memory: instance.memoryMiB, cpus: instance.cpus, disk: formatBytes(instance.diskBytes, i18n.language) })}{instance.dataDiskGiB > 0 ? ` · ${t('instance.dataDiskOf', { size: formatBytes(instance.dataDiskGiB * 2 ** 30, i18n.language) })}` : ''}</dd></div>
        {instance.autoStop ? <div><dt>{t('instance.autoStop')}</dt><dd>{stops(instance.autoStop)}{instance.idleSince !== null ? ` · ${t('instance.idleSince', { when: formatTime(instance.idleSince, i18n.language) })}` : ''}{instance.autoStopAt === null && instance.putOffUntil !== null ? ` · ${t('instance.autoStopPutOff', { when: formatTime(instance.putOffUntil, i18n.language) })}` : ''}{instance.autoStopAt !== null ? ` · ${t('instance.autoStopNext', { when: formatTime(instance.autoStopAt, i18n.language) })}` : ''}</dd></div> : null}
        {instance.cloudInit ? <div><dt>{t('firstStart.title')}</dt><dd>{told(instance.cloudInit)}</dd></div> : null}
        {instance.kind === 'lvd' ? null : (
          <>
            <div><dt>{t('begin.node')}</dt><dd>{instance.nodeName ?? t('instance.nowhere')}</dd></div>
            <Access instance={instance} />
            <RuntimeFacts instance={instance} />
          </>
        )}
        <div><dt>{t('wizard.owner')}</dt><dd>{instance.owner}</dd></div>
        <div><dt>{t('wizard.created')}</dt><dd>{formatTime(instance.createdAt, i18n.language)}</dd></div>
        <div><dt>{t('instance.id')}</dt><dd className="mono">{instance.id}</dd></div>
      </dl>
    </section>
  );
}
