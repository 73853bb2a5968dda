// One image, with the two ways to begin from it.
import { useState } from 'react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ImageView } from '@educloud/contracts';
import { Icon } from '../../components/Icon.tsx';
import { useOsTypeTitle } from '../../hooks/useTypes.ts';
import { formatBytes } from '../../i18n/format.ts';
import { BeginDialog } from './BeginDialog.tsx';

export function ImageRow({ image }: { image: ImageView }) {
  const { t, i18n } = useTranslation();
  const [asked, setAsked] = useState<'image/create' | 'image/modify' | null>(null);
  const osTypeTitle = useOsTypeTitle();
  const medium = image.usage === 'medium';
  const facts = [
    image.latest ? t('image.version', { version: image.latest.version }) : t('image.noVersion'),
    osTypeTitle(image.ostype),
    t(`image.usage.${image.usage}`),
    image.latest?.sizeBytes ? formatBytes(image.latest.sizeBytes, i18n.language) : null,
  ].filter(Boolean);
  return (
    <li className="row">
      <span className="row-sign"><Icon name={medium ? 'disc' : 'disk'} /></span>
      <div className="row-body">
        <h3>{image.name}</h3>
        <p className="facts">{facts.map((fact) => <span key={fact}>{fact}</span>)}</p>
        {image.description ? <p className="row-text">{image.description}</p> : null}
        {image.heldBy ? <p className="row-text"><Link to="/tasks/$tid" params={{ tid: image.heldBy }}>{t('image.held')}</Link></p> : null}
      </div>
      <div className="row-do">
        <button type="button" className="primary" disabled={!image.latest} aria-label={`${t('image.create')}: ${image.name}`} onClick={() => setAsked('image/create')}>{t('image.create')}</button>
        {medium ? null : (
          <button type="button" disabled={!image.latest || image.heldBy !== null} title={image.heldBy ? t('image.heldText') : undefined} aria-label={`${t('image.modify')}: ${image.name}`} onClick={() => setAsked('image/modify')}>{t('image.modify')}</button>
        )}
      </div>
      {asked ? <BeginDialog image={image} kind={asked} onClose={() => setAsked(null)} /> : null}
    </li>
  );
}
