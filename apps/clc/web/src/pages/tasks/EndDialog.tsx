// Asks before a task is cancelled or deleted, and names what is lost.
import { useTranslation } from 'react-i18next';
import type { TaskView } from '@educloud/contracts';
import { hasEditedDisk, isFinished } from '../../api/task-shape.ts';
import { AskEnd } from '../../components/AskEnd.tsx';
import { Dialog } from '../../components/Dialog.tsx';

interface Props {
  task: TaskView;
  how: 'cancel' | 'delete';
  sourceName: string;
  onClose: () => void;
  onConfirm: () => void;
}

export function EndDialog({ task, how, sourceName, onClose, onConfirm }: Props) {
  const { t } = useTranslation();
  const over = isFinished(task.state);
  const edited = !over && hasEditedDisk(task);
  return (
    <Dialog title={t(how === 'cancel' ? 'confirm.cancelTitle' : 'confirm.deleteTitle')} onClose={onClose}>
      <p className={edited ? 'loss' : undefined}>{over ? t('confirm.recordOnly') : edited ? t('confirm.lostDisk') : t('confirm.lostNothing')}</p>
      {edited ? <p>{t('confirm.hint')}</p> : null}
      {over ? null : <p>{t('confirm.source', { src: sourceName })}</p>}
      <AskEnd yes={t(how === 'cancel' ? 'confirm.yesCancel' : 'confirm.yesDelete')} onYes={onConfirm} onBack={onClose} />
    </Dialog>
  );
}
