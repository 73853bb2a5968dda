// What is typed about a machine, and what is asked for by it. For the dialogs that define and change one, which send only what differs from where they began.
import type { InstanceKind, InstanceView, Lifetime, ModifyInstance } from '@educloud/contracts';
import { cardsBy, cardsOf, USUAL_CARDS, type CardsText } from './CardsAndServices.tsx';
import { runtimeBy, runtimeOf, USUAL_RUNTIME, type RuntimeText } from './RuntimeSettings.tsx';

export interface MachineText { lifetime: Lifetime; dataDisk: string; group: string; stopAfter: string; stopIdle: string; cards: CardsText; runtime: RuntimeText }
export const USUAL_MACHINE: MachineText = { lifetime: 'persistent', dataDisk: '', group: '', stopAfter: '', stopIdle: '', cards: USUAL_CARDS, runtime: USUAL_RUNTIME };

const numberText = (n: number | null | undefined): string => (n ? String(n) : '');

export const machineText = (instance: InstanceView): MachineText => ({
  lifetime: instance.lifetime, dataDisk: numberText(instance.dataDiskGiB), group: instance.ownerGroup ?? '',
  stopAfter: numberText(instance.autoStop?.afterMinutes), stopIdle: numberText(instance.autoStop?.idleMinutes), cards: cardsOf(instance), runtime: runtimeOf(instance),
});

/** What is not asked for in the dialogs stays as it is: times of a timetable, cards beyond the first. */
type Before = Pick<InstanceView, 'autoStop' | 'nics'>;
const NOTHING: Before = { autoStop: null, nics: [] };

function stopsBy({ stopAfter, stopIdle }: MachineText, before: InstanceView['autoStop']): ModifyInstance['autoStop'] {
  const [afterMinutes, idleMinutes] = [Number(stopAfter) || null, Number(stopIdle) || null];
  return afterMinutes === null && idleMinutes === null && !before?.at.length ? null : { ...before, afterMinutes, idleMinutes };
}

/** Everything it says, of a machine that was like `before`. */
export function machineBy(kind: InstanceKind, text: MachineText, before: Before = NOTHING): ModifyInstance {
  if (kind === 'lvd') return { lifetime: text.lifetime, ownerGroup: text.group.trim() || null };
  return { lifetime: text.lifetime, dataDiskGiB: Number(text.dataDisk), autoStop: stopsBy(text, before.autoStop), ...cardsBy(text.cards, before.nics), ...runtimeBy(text.runtime) };
}
