// What a machine said on its serial port, as text; also of one that is off.
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { statusOf } from '../../api/client.ts';
import { serialLogAddress } from '../../api/instances.ts';
import { useSerialLog } from '../../hooks/useInstances.ts';
import { ProblemLine } from '../ProblemLine.tsx';

/** Read anew when something happens to the machine. */
export function SerialLog({ id }: { id: string }) {
  const { t } = useTranslation();
  const log = useSerialLog(id);
  const end = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (end.current) end.current.scrollTop = end.current.scrollHeight;
  }, [log.data]);

  if (log.isPending) return <div className="screen-off" role="status">{t('loading')}</div>;
  if (statusOf(log.error) === 404) return <div className="screen-off" role="status">{t('serial.noLog')}</div>;
  if (log.data === undefined) return <ProblemLine error={log.error} onRetry={() => void log.refetch()} />;
  return (
    <div className="console">
      <div className="console-bar">
        <span className="soft">{t('serial.logLead')}</span>
        <button type="button" disabled={log.isFetching} onClick={() => void log.refetch()}>{t('serial.refresh')}</button>
        <a className="button" href={serialLogAddress(id)} download={`${id}.log.txt`}>{t('serial.download')}</a>
      </div>
      {log.error ? <ProblemLine error={log.error} /> : null}
      <pre className="serial-log" ref={end} tabIndex={0} aria-label={t('serial.log')}>{log.data === '' ? t('serial.empty') : log.data}</pre>
    </div>
  );
}
