// One refused or failed request in one line: what it means, the detail, what to do. Used wherever something was asked.
import { useTranslation } from 'react-i18next';
import { isApiError } from '../api/client.ts';
import { useErrorWords } from '../hooks/useErrorWords.ts';
import { Icon } from './Icon.tsx';

export function ProblemLine({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const words = useErrorWords();
  if (!error) return null;
  const problem = isApiError(error) ? error.problem : null;
  const { meaning, action } = words(problem?.code ?? 'INTERNAL', problem?.action);
  const detail = problem && problem.code !== 'OFFLINE' && problem.detail !== meaning ? problem.detail : '';
  return (
    <div className="problem" role="alert">
      <Icon name="alert" />
      <p>
        <strong>{meaning}</strong> {detail} {(problem?.fields ?? []).map((field) => `${field.field}: ${field.message}`).join('; ')} {action}
      </p>
      {onRetry ? <button type="button" onClick={onRetry}>{t('do.retry')}</button> : null}
    </div>
  );
}
