// How a machine is reached, started and watched, where somebody wants it otherwise than usual. Folded away in the dialogs that define and change one.
import { useTranslation } from 'react-i18next';
import { ACCESS_MODES, BOOT_FROM, type AccessMode, type InstanceView, type ModifyInstance, type Startup } from '@educloud/contracts';
import { FieldOf } from '../../components/FieldOf.tsx';
import { Fold } from '../../components/Fold.tsx';

export interface RuntimeText { access: AccessMode; bootFrom: Startup['bootFrom']; bootMenu: string; clipboard: boolean; metrics: boolean; highAvailability: boolean; copies: [least: string, most: string] }
export const USUAL_RUNTIME: RuntimeText = { access: 'all', bootFrom: 'disk', bootMenu: '', clipboard: false, metrics: true, highAvailability: false, copies: ['', ''] };

export const runtimeOf = ({ accessMode, startup, metrics, highAvailability, scale }: InstanceView): RuntimeText => ({
  access: accessMode, bootFrom: startup?.bootFrom ?? 'disk', bootMenu: startup?.bootMenuSeconds ? String(startup.bootMenuSeconds) : '', clipboard: startup?.clipboard ?? false,
  metrics, highAvailability, copies: scale ? [String(scale.min), String(scale.max)] : ['', ''],
});

type Runtime = Required<Pick<ModifyInstance, 'accessMode' | 'startup' | 'metrics' | 'highAvailability' | 'scale'>>;
export function runtimeBy({ access, bootFrom, bootMenu, clipboard, metrics, highAvailability, copies: [least, most] }: RuntimeText): Runtime {
  const bootMenuSeconds = Number(bootMenu);
  return {
    accessMode: access, metrics, highAvailability,
    startup: bootFrom === 'disk' && !(bootMenuSeconds > 0) && !clipboard ? null : { bootFrom, bootMenuSeconds, clipboard },
    scale: Number(least) > 0 || Number(most) > 0 ? { min: Number(least) || 1, max: Number(most) || Number(least) } : null,
  };
}

export function RuntimeSettings({ text, onChange }: { text: RuntimeText; onChange: (text: RuntimeText) => void }) {
  const { t } = useTranslation();
  const [least, most] = text.copies;
  return (
    <Fold title={t('runtime.title')}>
      <FieldOf of={['accessMode']} label={t('runtime.access')}>{(props) => <select name="accessMode" value={text.access} onChange={(event) => onChange({ ...text, access: event.target.value as AccessMode })} {...props}>{ACCESS_MODES.map((each) => <option key={each} value={each}>{t(`runtime.accessMode.${each}`)}</option>)}</select>}</FieldOf>
      <div className="pair">
        <FieldOf of={['startup', 'startup.bootFrom']} label={t('runtime.bootFrom')}>{(props) => <select name="bootFrom" value={text.bootFrom} onChange={(event) => onChange({ ...text, bootFrom: event.target.value as Startup['bootFrom'] })} {...props}>{BOOT_FROM.map((each) => <option key={each} value={each}>{t(`runtime.boot.${each}`)}</option>)}</select>}</FieldOf>
        <FieldOf of={['startup.bootMenuSeconds']} label={t('runtime.bootMenu')}>{(props) => <input name="bootMenu" type="number" min="0" max="60" value={text.bootMenu} onChange={(event) => onChange({ ...text, bootMenu: event.target.value })} placeholder={t('runtime.bootMenuNone')} {...props} />}</FieldOf>
      </div>
      <div className="pair">
        <FieldOf of={['scale', 'scale.min']} label={t('runtime.least')}>{(props) => <input name="scaleMin" type="number" min="1" max="1000" value={least} onChange={(event) => onChange({ ...text, copies: [event.target.value, most] })} placeholder={t('runtime.unset')} {...props} />}</FieldOf>
        <FieldOf of={['scale.max']} label={t('runtime.most')}>{(props) => <input name="scaleMax" type="number" min="1" max="1000" value={most} onChange={(event) => onChange({ ...text, copies: [least, event.target.value] })} placeholder={t('runtime.unset')} {...props} />}</FieldOf>
      </div>
      <label className="check"><input name="highAvailability" type="checkbox" checked={text.highAvailability} onChange={(event) => onChange({ ...text, highAvailability: event.target.checked })} />{t('runtime.ha')}</label>
      <p><small>{t('runtime.keptOnly')}</small></p>
      <label className="check"><input name="clipboard" type="checkbox" checked={text.clipboard} onChange={(event) => onChange({ ...text, clipboard: event.target.checked })} />{t('runtime.clipboard')}</label>
      <label className="check"><input name="metrics" type="checkbox" checked={text.metrics} onChange={(event) => onChange({ ...text, metrics: event.target.checked })} />{t('runtime.metrics')}</label>
    </Fold>
  );
}
