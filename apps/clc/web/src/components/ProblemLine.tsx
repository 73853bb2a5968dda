// One refused or failed request in one line: what it means, the detail, what to do. Used wherever something was asked.
import { useTranslation } from 'react-i18next';
import { isApiError } from '../api/client.ts';
import { useErrorWords, useSaid } from '../hooks/useErrorWords.ts';
import { Icon } from './Icon.tsx';

export function ProblemLine({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const words = useErrorWords();
  const said = useSaid();
  if (!error) return null;
  const problem = isApiError(error) ? error.problem : null;
  const told = words(problem ? { ...problem, message: problem.detail } : { code: 'INTERNAL', message: '' });
  const { meaning, action } = told;
  const fields = (problem?.fields ?? []).map((field) => `${field.field}: ${said(field.why, field.message)}`);
  // The detail of a wrong request is its fields, said once.
  const detail = problem && problem.code !== 'OFFLINE' && fields.length === 0 && problem.detail !== meaning ? told.detail : '';
  return (
    <div className="problem" role="alert">
      <Icon name="alert" />
      <p>
        <strong>{meaning}</strong> {detail} {fields.join('; ')} {action}
      </p>
      {onRetry ? <button type="button" onClick={onRetry}>{t('do.retry')}</button> : null}
    </div>
  );
}
