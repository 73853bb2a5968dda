// A bar with what moves, how fast and how long still. Told to readers in quarters only, so that it does not chatter.
import { useTranslation } from 'react-i18next';
import { noteInWords } from '@educloud/contracts';
import type { Progress } from '../api/progress.ts';
import { languageOf } from '../hooks/useErrorWords.ts';
import { formatBytes, formatSeconds } from '../i18n/format.ts';

export function ProgressBar({ what, percent, detail }: { what: string; percent: number; detail?: Progress }) {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const moved = detail?.bytes ? t('progress.of', { done: formatBytes(detail.bytes.done, language), total: formatBytes(detail.bytes.total, language) }) : null;
  const speed = detail?.bytesPerSecond ? t('progress.speed', { speed: formatBytes(detail.bytesPerSecond, language) }) : null;
  const left = detail?.secondsLeft ? t('progress.left', { time: formatSeconds(detail.secondsLeft, language) }) : null;
  const quarter = Math.floor(percent / 25) * 25;
  return (
    <div className="progress">
      <div className="progress-head">
        <span>{detail ? t(`job.${detail.job}`, { defaultValue: what }) : what}</span>
        <span className="number">{percent}%</span>
      </div>
      <div className="bar" role="progressbar" aria-label={t('progress.label', { what })} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent} aria-valuetext={`${percent}%${left ? `, ${left}` : ''}`}>
        <div className="bar-fill" style={{ inlineSize: `${percent}%` }} />
      </div>
      <p className="progress-foot">
        {[moved, speed, left, detail?.note && noteInWords(detail.note, languageOf(i18n.language))].filter(Boolean).map((part) => <span key={part}>{part}</span>)}
        {moved || detail?.note ? null : <span>{t('progress.working')}</span>}
      </p>
      <p className="sr-only" aria-live="polite">{quarter > 0 ? t('progress.announce', { what, percent: quarter }) : ''}</p>
    </div>
  );
}
