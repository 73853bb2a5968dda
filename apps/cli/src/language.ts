// Chinese or English, by EDU_LANG or LANG. A text of the command line is given in both where it is used; what the cloud says comes from the catalogue of contracts.
import { inWords, named, type Language, type NameKind, type Said } from '@educloud/contracts';

export interface Translate {
  (english: string, chinese: string): string;
  readonly language: Language;
}

export const chooseLanguage = (env: Record<string, string | undefined>): Language =>
  /^zh/i.test(env['EDU_LANG'] ?? env['LC_ALL'] ?? env['LC_MESSAGES'] ?? env['LANG'] ?? '') ? 'zh' : 'en';

export const translator = (language: Language): Translate =>
  Object.assign((english: string, chinese: string) => (language === 'zh' ? chinese : english), { language });

/** What came as code and parameters, in the reader's language; of an older server the English it sent. */
export const told = (t: Translate, said: Said | undefined, english: string): string => (said ? inWords(said, t.language) : english);

/** A state, a job, a role: in English the code is the word. */
export const nameOf = (t: Translate, kind: NameKind, code: string): string => named(kind, code, t.language);
