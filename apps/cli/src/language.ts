// Chinese or English, by EDU_LANG or LANG. Every text of the command line is given in both where it is used.
export type Language = 'en' | 'zh';
export type Translate = (english: string, chinese: string) => string;

export const chooseLanguage = (env: Record<string, string | undefined>): Language =>
  /^zh/i.test(env['EDU_LANG'] ?? env['LC_ALL'] ?? env['LC_MESSAGES'] ?? env['LANG'] ?? '') ? 'zh' : 'en';

export const translator = (language: Language): Translate => (english, chinese) => (language === 'zh' ? chinese : english);
