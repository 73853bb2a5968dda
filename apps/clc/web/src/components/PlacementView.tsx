// Which node a build or a machine is on, and why the others were not taken.
import { useTranslation } from 'react-i18next';
import type { Placement } from '@educloud/contracts';
import { useSaid } from '../hooks/useErrorWords.ts';

export function PlacementView({ placement }: { placement: Placement | null }) {
  const { t } = useTranslation();
  const said = useSaid();
  const node = placement?.candidates.find((candidate) => candidate.ncId === placement.nodeId);
  return (
    <section className="card" aria-labelledby="placement">
      <h2 id="placement">{t('placement.title')}</h2>
      <p>{placement?.nodeId ? t('placement.onNode', { node: node?.name ?? placement.nodeId }) : t('placement.none')}</p>
      {placement && placement.candidates.length > 0 ? <p className="soft">{t('placement.count', { fits: placement.fit ?? placement.candidates.filter((candidate) => candidate.fits).length, all: placement.total ?? placement.candidates.length })}</p> : null}
      {placement && placement.candidates.length === 0 ? <p className="soft">{said(placement.why, placement.summary)}</p> : null}
      {placement && placement.candidates.length > 0 ? (
        <details open={placement.candidates.length <= 4}>
          <summary>{t('placement.why', { count: placement.candidates.length })}</summary>
          <ul className="nodes">
            {placement.candidates.map((candidate) => (
              <li key={candidate.ncId}>
                <span className={`mark ${candidate.ncId === placement.nodeId ? 'good' : candidate.fits ? 'calm' : 'bad'}`}>
                  {candidate.ncId === placement.nodeId ? t('placement.chosen') : candidate.fits ? t('placement.fits') : t('placement.refused')}
                </span>
                <span><strong>{candidate.name}</strong>{t('colon')}<span className="soft">{said(candidate.why, candidate.reason)}</span></span>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </section>
  );
}
