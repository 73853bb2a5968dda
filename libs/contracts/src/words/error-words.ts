// Meaning and advice of an error code in one language. Used by the web pages and by `edu`.
import { ERRORS, type ErrorCode } from '../error-table.ts';
import { ERRORS_ZH } from './errors-zh.ts';
import type { Language } from './in-words.ts';

/** null: a code of a newer version. */
export function errorWords(code: string, language: Language): { meaning: string; action: string } | null {
  if (!Object.hasOwn(ERRORS, code)) return null;
  const known = code as ErrorCode;
  return language === 'zh' ? ERRORS_ZH[known] : { meaning: ERRORS[known].meaning, action: ERRORS[known].action };
}
