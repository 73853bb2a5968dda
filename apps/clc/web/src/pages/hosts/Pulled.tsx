// The button that asks a host what it is and has at this moment, and what it answered. It may not answer: then that is said, in time.
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { DaemonView, HostSnapshot } from '@educloud/contracts';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { useErrorWords } from '../../hooks/useErrorWords.ts';
import { useAskPull, usePull } from '../../hooks/useHosts.ts';
import { formatBytes, formatTime } from '../../i18n/format.ts';
import { MIB } from './units.ts';

export function Pulled({ host }: { host: DaemonView }) {
  const { t } = useTranslation();
  const words = useErrorWords();
  const pull = usePull(host.id);
  const ask = useAskPull(host.id);
  const asked = pull.data?.state === 'asked' || ask.isPending;
  const failed = pull.data?.error ? words(pull.data.error) : null;
  return (
    <section className="card" aria-labelledby="pulled">
      <h2 id="pulled">{t('hosts.pulledTitle')}</h2>
      <p className="soft">{t('hosts.pulledLead')}</p>
      <div className="panel-do"><button type="button" aria-label={`${t('hosts.pull')}: ${host.name}`} disabled={asked} onClick={() => ask.mutate()}>{t('hosts.pull')}</button></div>
      <p role="status">{asked ? t('hosts.pulling') : ''}</p>
      <ProblemLine error={ask.error} />
      {failed && !asked ? <p className="problem">{failed.detail} {failed.action}</p> : null}
      {pull.data?.came ? <Came came={pull.data.came} /> : null}
    </section>
  );
}

function Came({ came }: { came: HostSnapshot }) {
  const { t, i18n } = useTranslation();
  const { facts, load, guests, disks, images } = came;
  const bytes = (value: number): string => formatBytes(value, i18n.language);
  const rest = ({ count, items }: { count: number; items: unknown[] }) => (count > items.length ? <li>{t('hosts.more', { count: count - items.length })}</li> : null);
  /** Local desktops and strangers have no page of their own. */
  const named = (name: string) => (/^ins-[0-9a-f]{8}$/.test(name) ? <Link className="mono" to="/instances/$id" params={{ id: name }}>{name}</Link> : <span className="mono">{name}</span>);
  return (
    <dl>
      <div><dt>{t('hosts.pulledAt')}</dt><dd>{formatTime(came.at, i18n.language)}</dd></div>
      {facts.capacity ? <div><dt>{t('hosts.hardware')}</dt><dd>{t('hosts.hardwareIs', { cpus: facts.capacity.cpus, memory: bytes(facts.capacity.memoryMiB * MIB), disk: bytes(facts.capacity.diskBytes), free: bytes(facts.capacity.freeDiskBytes) })}</dd></div> : null}
      <div><dt>{t('hosts.load')}</dt><dd>{t('hosts.loadNow', { load: load.load1.toFixed(2), cpus: facts.capacity?.cpus ?? 0, memory: bytes(load.memoryFreeMiB * MIB), disk: bytes(load.freeDiskBytes) })}</dd></div>
      <div><dt>{t('hosts.guestsHere')}</dt><dd>{guests.count === 0 ? t('hosts.none0') : <ul>{guests.items.map(({ name, state }) => <li key={name}>{named(name)} {t(`hosts.guestState.${state}`, { defaultValue: state })}</li>)}{rest(guests)}</ul>}</dd></div>
      <div><dt>{t('hosts.disksHere')}</dt><dd>{disks.count === 0 ? t('hosts.none0') : <>{t('hosts.disksAre', { count: disks.count, size: bytes(disks.bytes) })}<ul>{disks.items.map(({ name, bytes: size }) => <li key={name}>{named(name)} {bytes(size)}</li>)}{rest(disks)}</ul></>}</dd></div>
      <div><dt>{t('hosts.imagesHere')}</dt><dd>{images.count === 0 ? t('hosts.none0') : <ul>{images.items.map(({ name, complete }) => <li key={name}><span className="mono">{name}</span>{complete ? '' : ` · ${t('hosts.incomplete')}`}</li>)}{rest(images)}</ul>}</dd></div>
    </dl>
  );
}
