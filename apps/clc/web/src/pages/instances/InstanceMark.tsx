// Where an instance stands, as a word with a colour; the word alone is enough.
import { useTranslation } from 'react-i18next';
import type { InstanceView } from '@educloud/contracts';

export function InstanceMark({ instance }: { instance: Pick<InstanceView, 'status' | 'taskState' | 'error'> }) {
  const { t } = useTranslation();
  const { status, taskState } = instance;
  const tone = status === 'ERROR' || instance.error !== null ? 'bad' : taskState !== null ? 'busy' : status === 'ACTIVE' ? 'good' : 'calm';
  return <span className={`mark ${tone}`}>{taskState === null ? t(`instance.status.${status}`) : t(`instance.task.${taskState}`)}</span>;
}
