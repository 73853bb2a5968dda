// Network card and services of a machine in the dialogs that define and change one, folded away: what is usual is right for most.
import { useTranslation } from 'react-i18next';
import type { InstanceView, ModifyInstance } from '@educloud/contracts';

export interface CardsText { mode: 'auto' | 'nat' | 'bridge'; ip: string; services: string }
export const USUAL_CARDS: CardsText = { mode: 'auto', ip: '', services: '' };

/** As it is defined; of several cards the first. */
export const cardsOf = ({ nics, services }: Pick<InstanceView, 'nics' | 'services'>): CardsText => ({
  mode: nics[0]?.asked.mode ?? 'auto', ip: nics[0]?.asked.ip ?? '', services: services.map(({ name, port, protocol }) => `${name} ${port}${protocol === 'udp' ? '/udp' : ''}`).join(', '),
});

/** "ssh 22, web 80/tcp": what cannot be read is sent as it is, so that the answer names it. Of the cards before, the address of the first one's hardware stays, and the others do. */
export function cardsBy({ mode, ip, services }: CardsText, before: InstanceView['nics'] = []): Required<Pick<ModifyInstance, 'nics' | 'services'>> {
  const [first, ...others] = before.map(({ asked }) => asked);
  return {
    nics: [{ ...(first?.mac ? { mac: first.mac } : {}), mode, ...(ip.trim() && mode !== 'nat' ? { ip: ip.trim() } : {}) }, ...others],
    services: services.split(/[,;\n]+/).map((one) => one.trim()).filter((one) => one !== '').map((one) => {
      const [, name = one, port = '0', protocol = 'tcp'] = /^(\S+?)[\s:]+(\d+)(?:\/(tcp|udp))?$/i.exec(one) ?? [];
      return { name, port: Number(port), protocol: protocol.toLowerCase() === 'udp' ? ('udp' as const) : ('tcp' as const) };
    }),
  };
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
