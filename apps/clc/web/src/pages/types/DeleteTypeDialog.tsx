// Asks before a type is deleted; a refusal says what uses it.
import { useTranslation } from 'react-i18next';
import type { TypeKind } from '../../api/types.ts';
import { AskEnd } from '../../components/AskEnd.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { useChangeType, type Seen } from '../../hooks/useTypes.ts';

export function DeleteTypeDialog({ kind, type, onClose }: { kind: TypeKind; type: Seen; onClose: () => void }) {
  const { t } = useTranslation();
  const change = useChangeType(kind);
  return (
    <Dialog title={t('types.deleteTitle', { name: type.name })} onClose={onClose}>
      <p className="lead">{t(kind === 'vmtypes' ? 'types.deleteVmText' : 'types.deleteOsText')}</p>
      <AskEnd yes={t('types.delete')} onYes={() => change.mutate({ remove: type }, { onSuccess: onClose })} onBack={onClose} busy={change.isPending} error={change.error} />
    </Dialog>
  );
}
