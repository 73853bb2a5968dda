// The story a task tells in its events is one that its table of transitions allows, and it ends as its row says.
import { mayFollow, type PhaseState } from '@educloud/contracts';
import type { EventSeen } from '../evidence/interface.ts';
import { grouped } from './grouped.ts';
import type { Invariant } from './interface.ts';

interface Told { phase: string; state: string; progress: number }
const told = (event: EventSeen): Told => event.payload as Told;
const at = (t: Told): PhaseState => `${t.phase}/${t.state}` as PhaseState;

export const onlyAllowedTransitions: Invariant = {
  id: 'I6',
  promises: 'a task only goes where the table of transitions leads, never leaves its end, and its bar never falls within a phase',
  check({ db }) {
    const stories = grouped(db.events.filter((e) => e.kind === 'task').sort((a, b) => a.id - b.id), (e) => e.subject);
    return [...stories].flatMap(([tid, events]) => events.flatMap((event, i) => {
      const before = events[i - 1];
      if (!before) return [];
      const [from, to] = [told(before), told(event)];
      if (!mayFollow(at(from), at(to))) return [`task ${tid} went from ${at(from)} to ${at(to)} in event ${event.id}`];
      return from.phase === to.phase && to.progress < from.progress ? [`task ${tid} fell from ${from.progress} to ${to.progress} % within ${to.phase} in event ${event.id}`] : [];
    }));
  },
};

export const lastWordStands: Invariant = {
  id: 'I5',
  promises: 'an older word never overrules a newer one: a task is where its last event says, registrations only rise',
  check({ db, history }) {
    const last = new Map<string, EventSeen>();
    for (const event of db.events) if (event.kind === 'task' && event.id > (last.get(event.subject)?.id ?? 0)) last.set(event.subject, event);
    const epochs = new Map<string, number>();
    const fell: string[] = [];
    for (const seen of history) {
      if (seen.kind !== 'seen' || seen.what !== 'daemon') continue;
      const before = epochs.get(seen.id) ?? 0;
      if (seen.epoch < before) fell.push(`the registration of ${seen.name} (${seen.id}) fell from ${before} to ${seen.epoch}`);
      epochs.set(seen.id, Math.max(before, seen.epoch));
    }
    return [
      ...db.tasks.flatMap((t) => {
        const event = last.get(t.tid);
        return event && at(told(event)) !== `${t.phase}/${t.state}` ? [`task ${t.tid} is ${t.phase}/${t.state}, and its last event ${event.id} says ${at(told(event))}`] : [];
      }),
      ...db.instances.flatMap((i) => {
        const node = db.daemons.find((d) => d.id === i.ncId);
        return node && i.statusEpoch > node.epoch ? [`instance ${i.id} heard registration ${i.statusEpoch} of ${node.name}, which is only at ${node.epoch}`] : [];
      }),
      ...fell,
    ];
  },
};
