// When a machine shuts down by itself, folded away in the dialogs that define and change one: after so long, unused, and at times of the week.
import { useTranslation } from 'react-i18next';
import type { AutoStop, ModifyInstance, Weekday } from '@educloud/contracts';
import { FieldOf } from '../../components/FieldOf.tsx';
import { Fold } from '../../components/Fold.tsx';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const satisfies readonly Weekday[];
const MOST_TIMES = 20;

export interface StopsText { after: string; idle: string; idleCpu: string; at: AutoStop['at']; zone: string; warn: string }
/** The time zone is that of whoever sits here, as with the command line. */
export const NEVER: StopsText = { after: '', idle: '', idleCpu: '', at: [], zone: Intl.DateTimeFormat().resolvedOptions().timeZone, warn: '' };

const numberText = (n: number | null): string => (n === null ? '' : String(n));
export const stopsOf = (rules: AutoStop | null): StopsText =>
  rules === null ? NEVER : { after: numberText(rules.afterMinutes), idle: numberText(rules.idleMinutes), idleCpu: String(rules.idleCpuPercent), at: rules.at, zone: rules.zone, warn: String(rules.warnMinutes) };

export function stopsBy({ after, idle, idleCpu, at, zone, warn }: StopsText): NonNullable<ModifyInstance['autoStop']> | null {
  const [afterMinutes, idleMinutes] = [Number(after) || null, Number(idle) || null];
  if (afterMinutes === null && idleMinutes === null && at.length === 0) return null;
  return { afterMinutes, idleMinutes, ...(idleCpu === '' ? {} : { idleCpuPercent: Number(idleCpu) }), at, ...(at.length > 0 ? { zone: zone.trim() } : {}), ...(warn === '' ? {} : { warnMinutes: Number(warn) }) };
}

export function StopSettings({ text, onChange }: { text: StopsText; onChange: (text: StopsText) => void }) {
  const { t } = useTranslation();
  const typed = (key: Exclude<keyof StopsText, 'at'>) => (event: { target: { value: string } }): void => onChange({ ...text, [key]: event.target.value });
  const setTime = (i: number, time: AutoStop['at'][number] | null): void => onChange({ ...text, at: text.at.flatMap((each, n) => (n !== i ? [each] : time ? [time] : [])) });
  return (
    <Fold title={t('instance.autoStop')}>
      <div className="pair">
        <FieldOf of={['autoStop', 'autoStop.afterMinutes']} label={t('instance.stopAfter')}>{(props) => <input name="stopAfter" type="number" min="1" max="43200" value={text.after} onChange={typed('after')} placeholder={t('instance.stopAfterNever')} {...props} />}</FieldOf>
        <FieldOf of={['autoStop.warnMinutes']} label={t('stops.warn')}>{(props) => <input name="warn" type="number" min="0" max="120" value={text.warn} onChange={typed('warn')} placeholder="10" {...props} />}</FieldOf>
      </div>
      <div className="pair">
        <FieldOf of={['autoStop.idleMinutes']} label={t('instance.stopIdle')}>{(props) => <input name="stopIdle" type="number" min="1" max="10080" value={text.idle} onChange={typed('idle')} placeholder={t('instance.stopAfterNever')} {...props} />}</FieldOf>
        <FieldOf of={['autoStop.idleCpuPercent']} label={t('stops.idleCpu')}>{(props) => <input name="idleCpu" type="number" min="1" max="100" step="any" value={text.idleCpu} onChange={typed('idleCpu')} placeholder="5" {...props} />}</FieldOf>
      </div>
      {text.at.map(({ days, time }, i) => (
        <fieldset key={i} className="part">
          <legend>{t('stops.time', { n: i + 1 })}</legend>
          <div className="days">{DAYS.map((day) => <label key={day} className="check"><input type="checkbox" checked={days.includes(day)} onChange={(event) => setTime(i, { time, days: DAYS.filter((each) => (each === day ? event.target.checked : days.includes(each))) })} />{t(`weekday.${day}`)}</label>)}</div>
          <div className="part-end">
            <FieldOf of={[`autoStop.at.${i}.*`]} label={t('stops.at')}>{(props) => <input name="stopAt" type="time" value={time} onChange={(event) => setTime(i, { days, time: event.target.value })} required {...props} />}</FieldOf>
            <button type="button" aria-label={t('stops.removeTime', { n: i + 1 })} onClick={() => setTime(i, null)}>{t('stops.remove')}</button>
          </div>
        </fieldset>
      ))}
      {text.at.length > 0 ? <FieldOf of={['autoStop.zone']} label={t('stops.zone')}>{(props) => <input name="zone" value={text.zone} onChange={typed('zone')} maxLength={64} placeholder="Asia/Shanghai" autoComplete="off" spellCheck={false} required {...props} />}</FieldOf> : null}
      {text.at.length < MOST_TIMES ? <button type="button" onClick={() => onChange({ ...text, at: [...text.at, { days: DAYS.slice(0, 5), time: '18:00' }] })}>{t('stops.addTime')}</button> : null}
    </Fold>
  );
}
