// Network card and services of a new machine, folded away: what is usual is right for most.
import { useTranslation } from 'react-i18next';
import type { DefineInstance } from '@educloud/contracts';

export interface CardsText { mode: 'auto' | 'nat' | 'bridge'; ip: string; services: string }
export const USUAL_CARDS: CardsText = { mode: 'auto', ip: '', services: '' };

/** "ssh 22, web 80/tcp": what cannot be read is sent as it is, so that the answer names it. */
export function cardsBy({ mode, ip, services }: CardsText): Pick<DefineInstance, 'nics' | 'services'> {
  const named = services.split(/[,;\n]+/).map((one) => one.trim()).filter((one) => one !== '').map((one) => {
    const [, name = one, port = '0', protocol = 'tcp'] = /^(\S+?)[\s:]+(\d+)(?:\/(tcp|udp))?$/i.exec(one) ?? [];
    return { name, port: Number(port), protocol: protocol.toLowerCase() === 'udp' ? ('udp' as const) : ('tcp' as const) };
  });
  return { ...(mode !== 'auto' || ip.trim() ? { nics: [{ mode, ...(ip.trim() ? { ip: ip.trim() } : {}) }] } : {}), ...(named.length > 0 ? { services: named } : {}) };
}

export function CardsAndServices({ text, onChange }: { text: CardsText; onChange: (text: CardsText) => void }) {
  const { t } = useTranslation();
  return (
    <details>
      <summary>{t('instance.networkMore')}</summary>
      <div className="pair">
        <label>{t('instance.network')}<select name="card" value={text.mode} onChange={(event) => onChange({ ...text, mode: event.target.value as CardsText['mode'] })}>{(['auto', 'nat', 'bridge'] as const).map((mode) => <option key={mode} value={mode}>{t(`instance.card.${mode}`)}</option>)}</select></label>
        <label>{t('instance.ownIp')}<input name="ip" value={text.ip} onChange={(event) => onChange({ ...text, ip: event.target.value })} placeholder={t('instance.fromPool')} maxLength={15} autoComplete="off" spellCheck={false} disabled={text.mode === 'nat'} /></label>
      </div>
      <label>{t('instance.services')}<input name="services" value={text.services} onChange={(event) => onChange({ ...text, services: event.target.value })} placeholder="ssh 22, web 80" maxLength={300} autoComplete="off" spellCheck={false} /></label>
      <p><small>{t('instance.servicesText')}</small></p>
    </details>
  );
}
