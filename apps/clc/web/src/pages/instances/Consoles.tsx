// The three ways to look at a machine: its screen, its serial console and the log of what it said there. On the page of an instance.
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { InstanceView } from '@educloud/contracts';
import { SerialLog } from '../../components/console/SerialLog.tsx';

const Console = lazy(() => import('../../components/console/Console.tsx').then((module) => ({ default: module.Console })));
const Serial = lazy(() => import('../../components/console/Serial.tsx').then((module) => ({ default: module.Serial })));

const WAYS = ['screen', 'serial', 'log'] as const;

export function Consoles({ instance: { id, aURL, accessMode, startup } }: { instance: Pick<InstanceView, 'id' | 'aURL' | 'accessMode' | 'startup'> }) {
  const { t } = useTranslation();
  const [way, setWay] = useState<(typeof WAYS)[number]>('screen');
  return (
    <section className="screen-area" aria-labelledby="screen">
      <div className="screen-head">
        <h2 id="screen">{way === 'screen' ? t('console.title') : t(`serial.${way}`)}</h2>
        <div className="ways" role="group" aria-label={t('serial.ways')}>
          {WAYS.map((each) => <button key={each} type="button" aria-pressed={way === each} onClick={() => setWay(each)}>{t(`serial.way.${each}`)}</button>)}
        </div>
      </div>
      {way === 'log' ? <SerialLog id={id} /> : aURL === null
        ? <div className="screen-off" role="status">{t(accessMode === 'services' ? 'runtime.noScreen' : way === 'screen' ? 'instance.off' : 'serial.off')}</div>
        : (
          <Suspense fallback={<div className="screen-off" role="status">{t(way === 'screen' ? 'console.connecting' : 'serial.connecting')}</div>}>
            {way === 'screen' ? <Console of="instances" id={id} withClipboard={startup?.clipboard ?? false} /> : <Serial of="instances" id={id} />}
          </Suspense>
        )}
    </section>
  );
}
