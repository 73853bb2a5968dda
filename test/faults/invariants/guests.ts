// Guests run once, where the database says, and only those that somebody wants.
import type { Evidence, GuestSeen } from '../evidence/interface.ts';
import type { HistoryEntry, SeenGuest } from '../history.ts';
import { grouped } from './grouped.ts';
import type { Invariant } from './interface.ts';
import { actionsOf } from './instances.ts';
import { stepsOf } from './orders.ts';
import { ownersOf } from './owners.ts';

/** Between the killing and our seeing a process that had been begun before. */
const START_MS = 3_000;
const isOn = (g: GuestSeen): boolean => ['running', 'paused', 'shutting-down', 'in shutdown'].includes(g.state);
const nodeOf = ({ db }: Evidence, ncId: string | null): string | null => db.daemons.find((d) => d.id === ncId)?.name ?? null;
const sightings = ({ history }: Evidence): SeenGuest[] => history.filter((e): e is SeenGuest => e.kind === 'seen' && e.what === 'guest');

export const runsOnce: Invariant = {
  id: 'I14',
  promises: 'a guest runs on at most one node, and nowhere but on its own',
  check(evidence) {
    const on = new Map<string, string>();
    const twice: string[] = [];
    for (const seen of sightings(evidence)) {
      const place = `${seen.node}${seen.pid === null ? '' : ` (process ${seen.pid})`}`;
      const now = on.get(seen.insId);
      if (seen.state === 'gone') { if (now === place) on.delete(seen.insId); continue; }
      if (now && now !== place) twice.push(`${seen.insId} runs on ${now} and on ${place} at once`);
      on.set(seen.insId, place);
    }
    const strayed = evidence.guests.filter(isOn).flatMap((g) => {
      const home = evidence.db.instances.find((i) => i.id === g.insId)?.ncId ?? null;
      return g.insId && home !== null && nodeOf(evidence, home) !== g.node ? [`${g.insId} runs on ${g.node}, its place is ${nodeOf(evidence, home)}`] : [];
    });
    return [...twice, ...strayed];
  },
};

export const ownIdentity: Invariant = {
  id: 'I10',
  promises: 'no two guests share UUID, MAC address or screen',
  check({ guests }) {
    const of = (what: string, read: (xml: string) => string[]): string[] => {
      const seen = guests.flatMap((g) => (g.xml ? read(g.xml).map((value) => ({ value, guest: `${g.name} on ${g.node}` })) : []));
      return [...grouped(seen, (s) => s.value)].filter(([, same]) => same.length > 1).map(([value, same]) => `${same.map((s) => s.guest).join(' and ')} have the ${what} ${value}`);
    };
    const all = (pattern: RegExp) => (xml: string): string[] => [...xml.matchAll(pattern)].map((m) => m[1] as string);
    return [...of('UUID', all(/<uuid>([^<]+)<\/uuid>/g)), ...of('MAC address', all(/<mac address=["']([^"']+)["']/g)), ...of('screen', all(/<graphics[^>]*socket=["']([^"']+)["']/g))];
  },
};

/** libvirtd was killed while it started the guest: it ends what it does not know to have started, and the start is done again. */
function halfStarted(evidence: Evidence, gone: SeenGuest): boolean {
  const { db, history } = evidence;
  const began = sightings(evidence).findLast((s) => s.insId === gone.insId && s.pid === gone.pid && s.state === 'running' && s.at <= gone.at);
  const tid = db.instances.find((i) => i.id === gone.insId)?.tid;
  const told = db.events.filter((e) => e.kind === 'task' && e.subject === tid && e.at <= gone.at).sort((a, b) => a.id - b.id).at(-1)?.payload as { state?: string } | undefined;
  const killed = (e: HistoryEntry): boolean => e.kind === 'fault' && e.name === 'libvirtd-kill' && e.phase === 'inject' && (e.target === 'nc' ? 'nc-1' : e.target) === gone.node && e.at >= (began?.at ?? Infinity) - START_MS && e.at <= gone.at;
  return told?.state === 'booting' && history.some(killed);
}

export const guestsOutliveDaemons: Invariant = {
  id: 'I30',
  promises: 'no guest stops because a daemon or libvirtd died: it goes off only when somebody asked',
  check(evidence) {
    const { db, history } = evidence;
    const endings = stepsOf(history).filter((o) => ['stop', 'cancel', 'delete', 'retry'].includes(o.step) && o.came !== 'refused');
    const ends = actionsOf(history).filter((o) => ['stop', 'reboot', 'suspend', 'resume', 'delete'].includes(o.action) && o.came !== 'refused');
    return [...grouped(sightings(evidence).filter((s) => s.state === 'gone' && !halfStarted(evidence, s)), (s) => s.insId)].flatMap(([insId, gone]) => {
      const tid = db.instances.find((i) => i.id === insId)?.tid ?? '';
      const asked = [...endings.filter((o) => o.tid === tid), ...ends.filter((o) => o.insId === insId)];
      // A start or a resume that failed for good takes its domain away again.
      const undone = db.jobs.filter((j) => (j.name === 'startDomain' || j.name === 'resumeDomain') && j.planId.startsWith(`${tid}/`) && j.undoAttempt > 0).length;
      const late = gone.filter((g) => asked.filter((o) => o.firstAt <= g.at).length + undone === 0);
      if (late.length > 0) return [`${insId} went off on ${late[0]?.node} at ${new Date(late[0]?.at ?? 0).toISOString()}, and nobody had asked`];
      return gone.length > asked.length + undone ? [`${insId} went off ${gone.length} times, and was asked to ${asked.length} times`] : [];
    });
  },
};

export const asTheDatabaseSays: Invariant = {
  id: 'I31',
  promises: 'what runs is what the database says: after healing both agree, and a second look finds the same',
  check(evidence) {
    const { db, guests } = evidence;
    const tasks = ownersOf(db).flatMap((t) => {
      const on = guests.filter((g) => g.insId === t.insId && isOn(g));
      if (t.state === 'running' && on.length === 0) return [`task ${t.tid} is running, and ${t.insId} runs nowhere`];
      return t.state !== 'running' && t.state !== 'stuck' && on.length > 0 ? [`${t.insId} runs on ${on[0]?.node}, and its task ${t.tid} is ${t.phase}/${t.state}`] : [];
    });
    const rows = db.instances.flatMap((i) => {
      const task = ownersOf(db).find((t) => t.insId === i.id);
      return i.deletedAt === null && task && (i.vmstatus === 'running') !== (task.state === 'running') && task.state !== 'stuck' ? [`instance ${i.id} is ${i.vmstatus}, its task ${task.tid} is ${task.phase}/${task.state}`] : [];
    });
    const daemons = db.daemons.filter((d) => d.state !== 'up').map((d) => `${d.name} (${d.id}) is ${d.state} although everything was healed`);
    const ready = evidence.readiness.filter((r) => !r.ready).map((r) => `${r.name} is not ready: ${r.reasons.join('; ')}`);
    return [...tasks, ...rows, ...daemons, ...ready];
  },
};

export const noOrphanGuests: Invariant = {
  id: 'I32',
  promises: 'no guest, disk process or domain without somebody it belongs to; what is not ours is left alone',
  check(evidence) {
    const { db, guests, processes } = evidence;
    const defined = guests.flatMap((g) => {
      if (!g.mark || !g.insId) return [];
      const task = ownersOf(db).find((t) => t.insId === g.insId);
      if (!task) return [`domain ${g.name} on ${g.node} belongs to nobody`];
      return ['cancelled', 'deleted', 'submitted'].includes(task.state) ? [`domain ${g.name} on ${g.node} is still defined, and its task ${task.tid} is ${task.phase}/${task.state}`] : [];
    });
    const running = processes.filter((p) => p.kind === 'qemu').flatMap((p) => {
      const insId = /guest=(ins-[0-9a-f]{8})/.exec(p.cmdline)?.[1];
      return insId && !guests.some((g) => g.insId === insId && isOn(g)) ? [`process ${p.pid} is a guest ${insId} that no hypervisor knows`] : [];
    });
    const tools = processes.filter((p) => p.kind === 'qemu-img').map((p) => `qemu-img ${p.pid} is still at work: ${p.cmdline.slice(0, 200)}`);
    return [...defined, ...running, ...tools];
  },
};
