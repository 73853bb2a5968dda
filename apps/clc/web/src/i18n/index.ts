// Chooses the language: remembered, else the browser's. Called by main.tsx before the first paint, and by the switch in the header.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Words } from './words.ts';

export type Language = 'en' | 'zh';
const KEY = 'educloud.language';

const load: Record<Language, () => Promise<{ words: Words; errors: Record<string, readonly [string, string]> }>> = {
  en: async () => ({ words: (await import('./en.ts')).en, errors: (await import('./errors-en.ts')).errorsEn }),
  zh: async () => ({ words: (await import('./zh.ts')).zh, errors: (await import('./errors-zh.ts')).errorsZh }),
};

function preferred(): Language {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === 'en' || kept === 'zh') return kept;
  } catch {
    // Storage may be forbidden; the browser's language decides.
  }
  return navigator.languages.some((name) => name.toLowerCase().startsWith('zh')) ? 'zh' : 'en';
}

async function bring(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'translation')) {
    const { words, errors } = await load[language]();
    i18next.addResourceBundle(language, 'translation', { ...words, errors });
  }
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

export async function startI18n(): Promise<void> {
  const language = preferred();
  await i18next.use(initReactI18next).init({ lng: language, resources: {}, interpolation: { escapeValue: false }, react: { useSuspense: false }, showSupportNotice: false } as Parameters<typeof i18next.init>[0]);
  await bring(language);
  await i18next.changeLanguage(language);
}

export async function switchLanguage(language: Language): Promise<void> {
  await bring(language);
  await i18next.changeLanguage(language);
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // Then it lasts until the reload.
  }
}
