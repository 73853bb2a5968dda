// Where the services of a machine are reached, to be copied. An address is shown as one that works only when it does.
import { useTranslation } from 'react-i18next';
import { remoteDesktopOf, type InstanceView } from '@educloud/contracts';
import { Copied } from '../../components/Copied.tsx';
import { useSaid } from '../../hooks/useErrorWords.ts';

export function Access({ instance }: { instance: InstanceView }) {
  const { t } = useTranslation();
  const said = useSaid();
  const desktop = remoteDesktopOf(instance.access);
  return (
    <>
      {instance.nics.map((card, i) => (
        <div key={i}><dt>{i === 0 ? t('instance.network') : ''}</dt><dd>{t(`instance.card.${card.mode}`)}{card.ip ? <> · <Copied text={card.ip} /></> : null}{card.publicIp ? <> · {t('instance.publicIp')} <Copied text={card.publicIp} /></> : null}{card.mac ? <> · <span className="mono">{card.mac}</span></> : null}</dd></div>
      ))}
      <div>
        <dt>{t('instance.access')}</dt>
        <dd>
          {instance.access.length === 0 ? t('instance.networkText') : instance.access.map(({ name, host, port, guestPort, state, reason, why }) => (
            <p key={name}>
              {name}: {host === null ? t('instance.accessLater', { port: guestPort }) : state === 'open' ? <Copied text={`${host}:${port}`} /> : <span className="mono">{host}:{port}</span>} <small>{t(`instance.accessState.${state}`)}{reason ? `${t('colon')}${said(why, reason)}` : ''}</small>
            </p>
          ))}
          {desktop?.state === 'open' && desktop.host !== null ? <p><a href={`/clc/api/1.0/instances/${instance.id}/rdp`} download={`${instance.id}.rdp`}>{t('instance.rdp')}</a></p> : null}
        </dd>
      </div>
    </>
  );
}
