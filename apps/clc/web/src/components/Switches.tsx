// Language and theme, in the header and on the login page.
import { useTranslation } from 'react-i18next';
import { useTheme } from '../hooks/useTheme.ts';
import { switchLanguage } from '../i18n/index.ts';
import { Icon } from './Icon.tsx';

export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  const other = i18n.language === 'zh' ? 'en' : 'zh';
  return (
    <button type="button" className="quiet" lang={other === 'zh' ? 'zh-CN' : 'en'} aria-label={t('header.language')} onClick={() => void switchLanguage(other)}>
      {t('header.languageShort')}
    </button>
  );
}

export function ThemeSwitch() {
  const { t } = useTranslation();
  const { theme, next } = useTheme();
  const label = `${t('header.theme')}: ${t(`header.${theme}`)}`;
  return (
    <button type="button" className="quiet icon-only" aria-label={label} title={label} onClick={next}>
      <Icon name={theme === 'system' ? 'auto' : theme === 'light' ? 'sun' : 'moon'} />
    </button>
  );
}
