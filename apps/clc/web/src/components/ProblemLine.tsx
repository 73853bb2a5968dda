// One refused or failed request in one line: what it means, the detail, what to do. Used wherever something was asked.
import { useTranslation } from 'react-i18next';
import { isApiError } from '../api/client.ts';
import { useErrorWords, useSaid } from '../hooks/useErrorWords.ts';
import { Icon } from './Icon.tsx';

/** `shownAtFields`: what is said of these stands at the fields themselves. */
export function ProblemLine({ error, onRetry, shownAtFields = () => false }: { error: unknown; onRetry?: () => void; shownAtFields?: (field: string) => boolean }) {
  const { t } = useTranslation();
  const words = useErrorWords();
  const said = useSaid();
  if (!error) return null;
  const problem = isApiError(error) ? error.problem : null;
  const told = words(problem ? { ...problem, message: problem.detail } : { code: 'INTERNAL', message: '' });
  const { meaning, action } = told;
  const named = problem?.fields ?? [];
  const fields = named.filter(({ field }) => !shownAtFields(field)).map((field) => `${field.field}: ${said(field.why, field.message)}`);
  // The detail of a wrong request is its fields, said once.
  const detail = problem && problem.code !== 'OFFLINE' && named.length === 0 && problem.detail !== meaning ? told.detail : '';
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
