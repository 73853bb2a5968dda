// Asks before a type is deleted; a refusal says what uses it.
import { useTranslation } from 'react-i18next';
import type { TypeKind } from '../../api/types.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { useChangeType, type Seen } from '../../hooks/useTypes.ts';

export function DeleteTypeDialog({ kind, type, onClose }: { kind: TypeKind; type: Seen; onClose: () => void }) {
  const { t } = useTranslation();
  const change = useChangeType(kind);
  return (
    <Dialog title={t('types.deleteTitle', { name: type.name })} onClose={onClose}>
      <p className="lead">{t(kind === 'vmtypes' ? 'types.deleteVmText' : 'types.deleteOsText')}</p>
      <ProblemLine error={change.error} />
      <div className="dialog-do">
        <button type="button" onClick={onClose} autoFocus>{t('confirm.no')}</button>
        <button type="button" className="danger" disabled={change.isPending} onClick={() => change.mutate({ remove: type }, { onSuccess: onClose })}>{t('types.delete')}</button>
      </div>
    </Dialog>
  );
}
