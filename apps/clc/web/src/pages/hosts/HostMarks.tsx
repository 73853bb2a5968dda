// How a host is, as words with a colour: is it heard, and may work be placed there.
import { useTranslation } from 'react-i18next';
import type { DaemonView } from '@educloud/contracts';

const TONES = { new: 'calm', up: 'good', suspect: 'busy', down: 'bad' } as const satisfies Record<DaemonView['state'], string>;

export function HostMarks({ host }: { host: DaemonView }) {
  const { t } = useTranslation();
  const { state, fenced, enabled, drained, duty } = host;
  const heard = t(`hosts.state.${state}`);
  return (
    <>
      <span className={`mark ${TONES[state]}`}>{fenced ? t(state === 'down' ? 'hosts.fencedOff' : 'hosts.fencedBack', { state: heard }) : heard}</span>
      {enabled ? null : <span className="mark busy">{drained ? t('hosts.drained') : t(`hosts.duty.${duty ?? 'disabled'}`)}</span>}
    </>
  );
}
