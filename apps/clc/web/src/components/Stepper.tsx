// The three steps and where one is. At the top of the wizard.
import { useTranslation } from 'react-i18next';
import { Icon } from './Icon.tsx';

export type StepMark = 'done' | 'current' | 'ahead' | 'bad';

export function Stepper({ marks }: { marks: readonly [StepMark, StepMark, StepMark] }) {
  const { t } = useTranslation();
  const names = [t('wizard.step1'), t('wizard.step2'), t('wizard.step3')];
  const texts = [t('wizard.step1Text'), t('wizard.step2Text'), t('wizard.step3Text')];
  return (
    <nav aria-label={t('wizard.steps')}>
      <ol className="stepper">
        {marks.map((mark, index) => (
          <li key={names[index]} className={mark} aria-current={mark === 'current' || mark === 'bad' ? 'step' : undefined}>
            <span className="stepper-dot" aria-hidden="true">{mark === 'done' ? <Icon name="check" /> : mark === 'bad' ? '!' : index + 1}</span>
            <span className="stepper-words">
              <strong>{names[index]}</strong>
              <small>{texts[index]}</small>
              {mark === 'done' ? <span className="sr-only">{t('wizard.done')}</span> : null}
            </span>
          </li>
        ))}
      </ol>
    </nav>
  );
}
