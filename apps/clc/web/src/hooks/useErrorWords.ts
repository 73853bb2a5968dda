// An error in the reader's language: what it means, what exactly happened, what to do. Unknown codes fall back to what the server said.
import { useTranslation } from 'react-i18next';
import { inWords, type Language, type Said } from '@educloud/contracts';

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
