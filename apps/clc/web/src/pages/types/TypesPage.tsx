// VM types and OS types: everybody may look, an administrator makes, changes and deletes them.
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { shippedText, type OsTypeView, type VmTypeView } from '@educloud/contracts';
import type { TypeKind } from '../../api/types.ts';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { useMe } from '../../hooks/useCloud.ts';
import { languageOf } from '../../hooks/useErrorWords.ts';
import { useTypes } from '../../hooks/useTypes.ts';
import { DeleteTypeDialog } from './DeleteTypeDialog.tsx';
import { OsTypeDialog } from './OsTypeDialog.tsx';
import { VmTypeDialog } from './VmTypeDialog.tsx';

/** `edit` null: a new one. */
type Asked = { kind: 'vmtypes'; edit: VmTypeView | null } | { kind: 'ostypes'; edit: OsTypeView | null } | { kind: TypeKind; remove: { name: string; rev: number } };

export function TypesPage() {
  const { t, i18n } = useTranslation();
  const language = languageOf(i18n.language);
  const admin = useMe().data?.role === 'admin';
  const [asked, setAsked] = useState<Asked | null>(null);
  const [vmTypes, osTypes] = [useTypes('vmtypes'), useTypes('ostypes')];
  const close = (): void => setAsked(null);

  const row = (kind: TypeKind, type: { name: string; rev: number }, title: string, text: string, facts: string[], edit: () => void): ReactNode => (
    <li className="row" key={type.name}>
      <div className="row-body">
        <h3>{title}</h3>
        <p className="facts">{facts.map((fact) => <span key={fact}>{fact}</span>)}</p>
        {text ? <p className="row-text">{text}</p> : null}
      </div>
      {admin ? (
        <div className="row-do">
          <button type="button" aria-label={`${t('types.edit')}: ${type.name}`} onClick={edit}>{t('types.edit')}</button>
          <button type="button" className="give-up" aria-label={`${t('types.delete')}: ${type.name}`} onClick={() => setAsked({ kind, remove: type })}>{t('types.delete')}</button>
        </div>
      ) : null}
    </li>
  );

  return (
    <>
      <h1>{t('types.title')}</h1>
      <section aria-labelledby="vmtypes">
        <h2 id="vmtypes">{t('types.vm')}</h2>
        <p className="lead">{t('types.vmLead')}</p>
        {vmTypes.isError ? <ProblemLine error={vmTypes.error} onRetry={() => void vmTypes.refetch()} /> : null}
        {vmTypes.isPending ? <p>{t('loading')}</p> : null}
        <ul className="rows">
          {vmTypes.data?.map((type) => row('vmtypes', type, type.name, shippedText(type.description, language), [
            t('types.size', { memory: type.memoryMiB, cpus: type.cpus }), type.diskGiB === 0 ? t('types.diskAsImage') : t('types.diskOf', { size: type.diskGiB }),
          ], () => setAsked({ kind: 'vmtypes', edit: type })))}
        </ul>
        {admin ? <p><button type="button" className="primary" onClick={() => setAsked({ kind: 'vmtypes', edit: null })}>{t('types.newVm')}</button></p> : null}
      </section>
      <section aria-labelledby="ostypes">
        <h2 id="ostypes">{t('types.os')}</h2>
        <p className="lead">{t('types.osLead')}</p>
        {osTypes.isError ? <ProblemLine error={osTypes.error} onRetry={() => void osTypes.refetch()} /> : null}
        <ul className="rows">
          {osTypes.data?.map((type) => row('ostypes', type, shippedText(type.title, language), '', [
            type.name, t('types.diskBusIs', { bus: type.diskBus }), t('types.nicIs', { nic: type.nicModel }), t('types.videoIs', { video: type.video }), type.audio === 'none' ? t('types.silent') : t('types.audioIs', { audio: type.audio }),
            t(type.localtime ? 'types.localClock' : 'types.utcClock'), t('types.usually', { vmType: type.defaultVmType }),
          ], () => setAsked({ kind: 'ostypes', edit: type })))}
        </ul>
        {admin ? <p><button type="button" className="primary" onClick={() => setAsked({ kind: 'ostypes', edit: null })}>{t('types.newOs')}</button></p> : null}
      </section>
      {asked && 'remove' in asked ? <DeleteTypeDialog kind={asked.kind} type={asked.remove} onClose={close} /> : null}
      {asked && 'edit' in asked && asked.kind === 'vmtypes' ? <VmTypeDialog type={asked.edit} onClose={close} /> : null}
      {asked && 'edit' in asked && asked.kind === 'ostypes' ? <OsTypeDialog type={asked.edit} vmTypes={vmTypes.data ?? []} onClose={close} /> : null}
    </>
  );
}
