// An error in the reader's language: what it means, what exactly happened, what to do. Unknown codes fall back to what the server said.
import { useTranslation } from 'react-i18next';
import { inWords, type Language, type Said } from '@educloud/contracts';
import { isApiError } from '../api/client.ts';

interface Told { code: string; message: string; why?: Said | undefined; todo?: Said | undefined; action?: string | undefined }
export interface ErrorWords { meaning: string; detail: string; action: string }

export const languageOf = (name: string): Language => (name === 'zh' ? 'zh' : 'en');

export function useErrorWords(): (told: Told) => ErrorWords {
  const { i18n, t } = useTranslation();
  const language = languageOf(i18n.language);
  return ({ code, message, why, todo, action = '' }) => {
    const found: unknown = i18n.getResource(i18n.language, 'translation', `errors.${code}`);
    const [meaning = '', usual = ''] = Array.isArray(found) ? (found as string[]) : [`${t('fail.problem')}.`, action];
    return { meaning, detail: why ? inWords(why, language) : message, action: todo ? inWords(todo, language) : usual };
  };
}

/** Shows what came as code and parameters in the reader's language. */
export function useSaid(): (said: Said | undefined, english: string) => string {
  const { i18n } = useTranslation();
  return (said, english) => (said ? inWords(said, languageOf(i18n.language)) : english);
}

/** `a.*` covers a and all that is inside of it. */
export const covers = (pattern: string, field: string): boolean => (pattern.endsWith('.*') ? field === pattern.slice(0, -2) || field.startsWith(pattern.slice(0, -1)) : field === pattern);

/** Why fields of a request were refused. `at`: of what these patterns cover; null: nothing. */
export function useFieldProblems(error: unknown): { at(fields: readonly string[]): string | null } {
  const said = useSaid();
  const named = (isApiError(error) ? error.problem.fields : undefined) ?? [];
  return { at: (fields) => named.filter(({ field }) => fields.some((each) => covers(each, field))).map(({ why, message }) => said(why, message)).join('; ') || null };
}
