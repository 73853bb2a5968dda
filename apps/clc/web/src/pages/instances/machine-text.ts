// What is typed about a machine, and what is asked for by it. For the dialogs that define and change one, which send only what differs from where they began.
import type { InstanceKind, InstanceView, Lifetime, ModifyInstance } from '@educloud/contracts';
import { cardsBy, cardsOf, USUAL_CARDS, type CardsText } from './CardsAndServices.tsx';
import { NOTHING_TOLD, toldBy, toldOf, type FirstStartText } from './FirstStart.tsx';
import { ANYWHERE, placeBy, placeOf, type PlaceText } from './PlaceSettings.tsx';
import { runtimeBy, runtimeOf, USUAL_RUNTIME, type RuntimeText } from './RuntimeSettings.tsx';
import { NEVER, stopsBy, stopsOf, type StopsText } from './StopSettings.tsx';

export interface MachineText { description: string; version: string; disk: string; lifetime: Lifetime; dataDisk: string; place: PlaceText; stops: StopsText; cards: CardsText; runtime: RuntimeText; told: FirstStartText }
export const USUAL_MACHINE: MachineText = { description: '', version: '', disk: '', lifetime: 'persistent', dataDisk: '', place: ANYWHERE, stops: NEVER, cards: USUAL_CARDS, runtime: USUAL_RUNTIME, told: NOTHING_TOLD };

const numberText = (n: number): string => (n ? String(n) : '');

export const machineText = (instance: InstanceView): MachineText => ({
  description: instance.description, version: instance.imageVersion === 'latest' ? '' : String(instance.imageVersion), disk: numberText(instance.diskGiB), lifetime: instance.lifetime, dataDisk: numberText(instance.dataDiskGiB),
  place: placeOf(instance), stops: stopsOf(instance.autoStop), cards: cardsOf(instance), runtime: runtimeOf(instance), told: toldOf(instance.cloudInit),
});

/** Everything it says, of a machine that was like `before`; null: there is none yet, and a disk that is not named is as its size says. */
export function machineBy(kind: InstanceKind, text: MachineText, before: Pick<InstanceView, 'cloudInit'> | null = null): ModifyInstance {
  const { policy: _policy, ...pins } = text.place;
  const about: ModifyInstance = {
    description: text.description, imageVersion: text.version === '' ? 'latest' : Number(text.version), lifetime: text.lifetime,
    ...(text.disk === '' && before === null ? {} : { diskGiB: Number(text.disk) }),
  };
  if (kind === 'lvd') {
    const { placementPolicy: _none, ...place } = placeBy({ ...pins, policy: '' });
    return { ...about, ...place };
  }
  return { ...about, dataDiskGiB: Number(text.dataDisk), autoStop: stopsBy(text.stops), ...placeBy(text.place), ...cardsBy(text.cards), ...runtimeBy(text.runtime), cloudInit: toldBy(text.told, before?.cloudInit ?? null) };
}
