// Meaning and advice of an error code in the reader's language; unknown codes fall back to what the server said.
import { useTranslation } from 'react-i18next';

export function useErrorWords(): (code: string, serverAction?: string) => { meaning: string; action: string } {
  const { i18n, t } = useTranslation();
  return (code, serverAction = '') => {
    const found: unknown = i18n.getResource(i18n.language, 'translation', `errors.${code}`);
    const [meaning, action] = Array.isArray(found) ? (found as string[]) : [t('fail.problem') + '.', serverAction];
    // The server may know better than the table what to do here; its words are English.
    return { meaning: meaning ?? '', action: i18n.language === 'en' && serverAction ? serverAction : (action ?? '') };
  };
}
