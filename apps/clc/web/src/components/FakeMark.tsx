// Says everywhere that no real machine runs in this cloud.
import { useTranslation } from 'react-i18next';

export function FakeMark() {
  const { t } = useTranslation();
  return <span className="fake" title={t('status.fakeText')}>{t('status.fake')}</span>;
}
