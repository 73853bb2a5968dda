// For an address that no page has: says so, and leads back.
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

export function NoPage() {
  const { t } = useTranslation();
  return <div className="empty"><h1>{t('noPage.title')}</h1><p>{t('noPage.text')}</p><Link className="button" to="/">{t('wizard.back')}</Link></div>;
}
