// Network cards and services of a machine in the dialogs that define and change one, folded away: what is usual is right for most.
import { useTranslation } from 'react-i18next';
import type { InstanceView, ModifyInstance } from '@educloud/contracts';
import { FieldOf } from '../../components/FieldOf.tsx';
import { Fold } from '../../components/Fold.tsx';

export interface CardText { mode: 'auto' | 'nat' | 'bridge'; ip: string; mac: string }
export interface CardsText { cards: CardText[]; services: string }
const USUAL_CARD: CardText = { mode: 'auto', ip: '', mac: '' };
export const USUAL_CARDS: CardsText = { cards: [USUAL_CARD], services: '' };
const MOST_CARDS = 4;

/** As they are defined. */
export const cardsOf = ({ nics, services }: Pick<InstanceView, 'nics' | 'services'>): CardsText => ({
  cards: nics.map(({ asked: { mode, ip = '', mac = '' } }) => ({ mode, ip, mac })), services: services.map(({ name, port, protocol }) => `${name} ${port}${protocol === 'udp' ? '/udp' : ''}`).join(', '),
});

/** "ssh 22, web 80/tcp": what cannot be read is sent as it is, so that the answer names it. */
export function cardsBy({ cards, services }: CardsText): Required<Pick<ModifyInstance, 'nics' | 'services'>> {
  return {
    nics: cards.map(({ mode, ip, mac }) => ({ mode, ...(ip.trim() && mode !== 'nat' ? { ip: ip.trim() } : {}), ...(mac.trim() ? { mac: mac.trim().toLowerCase() } : {}) })),
    services: services.split(/[,;\n]+/).map((one) => one.trim()).filter((one) => one !== '').map((one) => {
      const [, name = one, port = '0', protocol = 'tcp'] = /^(\S+?)[\s:]+(\d+)(?:\/(tcp|udp))?$/i.exec(one) ?? [];
      return { name, port: Number(port), protocol: protocol.toLowerCase() === 'udp' ? ('udp' as const) : ('tcp' as const) };
    }),
  };
}

/** `usually`: what it offers when nothing is typed. */
export function CardsAndServices({ text, usually, onChange }: { text: CardsText; usually: string; onChange: (text: CardsText) => void }) {
  const { t } = useTranslation();
  const setCard = (i: number, card: CardText | null): void => onChange({ ...text, cards: text.cards.flatMap((each, n) => (n !== i ? [each] : card ? [card] : [])) });
  return (
    <Fold title={t('instance.networkMore')}>
      {text.cards.map((card, i) => (
        <fieldset key={i} className="part">
          <legend>{t('cards.card', { n: i + 1 })}</legend>
          <FieldOf of={[`nics.${i}`, `nics.${i}.mode`, ...(i === 0 ? ['nics'] : [])]} label={t('cards.mode')}>{(props) => <select name="card" value={card.mode} onChange={(event) => setCard(i, { ...card, mode: event.target.value as CardText['mode'] })} {...props}>{(['auto', 'nat', 'bridge'] as const).map((mode) => <option key={mode} value={mode}>{t(`instance.card.${mode}`)}</option>)}</select>}</FieldOf>
          <div className="pair">
            <FieldOf of={[`nics.${i}.ip`]} label={t('instance.ownIp')}>{(props) => <input name="ip" value={card.ip} onChange={(event) => setCard(i, { ...card, ip: event.target.value })} placeholder={t('instance.fromPool')} maxLength={15} autoComplete="off" spellCheck={false} disabled={card.mode === 'nat'} {...props} />}</FieldOf>
            <FieldOf of={[`nics.${i}.mac`]} label={t('cards.mac')}>{(props) => <input name="mac" value={card.mac} onChange={(event) => setCard(i, { ...card, mac: event.target.value })} placeholder={t('instance.fromPool')} maxLength={17} autoComplete="off" spellCheck={false} {...props} />}</FieldOf>
          </div>
          {text.cards.length > 1 ? <button type="button" onClick={() => setCard(i, null)}>{t('cards.remove', { n: i + 1 })}</button> : null}
        </fieldset>
      ))}
      {text.cards.length < MOST_CARDS ? <button type="button" onClick={() => onChange({ ...text, cards: [...text.cards, USUAL_CARD] })}>{t('cards.add')}</button> : null}
      <FieldOf of={['services.*']} label={t('instance.services')}>{(props) => <input name="services" value={text.services} onChange={(event) => onChange({ ...text, services: event.target.value })} placeholder="ssh 22, web 80" maxLength={300} autoComplete="off" spellCheck={false} {...props} />}</FieldOf>
      <p><small>{usually}</small></p>
    </Fold>
  );
}
