// insstatus: every event of a guest at once, and everything there is every minute, after each reconnect and each registration.
import { readdir } from 'node:fs/promises';
import { ENVELOPE_VERSION, type Envelope, type GuestLoad, type InstanceStatus, type VmStatus } from '@educloud/contracts';
import type { Logger } from '@educloud/log';
import type { DomainState, Hypervisor } from '../drivers/hypervisor/interface.ts';
import { exists } from '../files.ts';
import type { NodePaths } from '../paths.ts';
import type { Watchers } from '../screen/watchers.ts';
import type { LoadMeter } from './load-meter.ts';

export interface InstanceReports {
  /** All of the node's instances; false = could not be sent, tried again at the next occasion. */
  inventory(): Promise<boolean>;
  close(): void;
}

export interface InstanceReportDeps {
  hypervisor: Hypervisor;
  paths: NodePaths;
  meter: LoadMeter;
  watchers: Watchers;
  /** Is there room for what a guest paused by a full disk wants to write? May make some. */
  hasRoom(): Promise<boolean>;
  /** Instances with a job running or waiting. */
  busy(): string[];
  identity(): { id: string; epoch: number } | null;
  nextSeq(): number;
  publish(envelope: Envelope): Promise<void>;
  newId(): string;
  /** How often room is looked for while a guest is paused. Default 2 s. */
  lookEveryMs?: number;
  log: Logger;
}

const LOOK_FOR_ROOM_MS = 2_000;

export function reportInstances(deps: InstanceReportDeps): InstanceReports {
  const send = async (body: Omit<InstanceStatus, 'busy'> & { busy?: string[] }, seq: number): Promise<boolean> => {
    const me = deps.identity();
    if (!me) return false;
    const envelope: Envelope = { v: ENVELOPE_VERSION, id: deps.newId(), name: 'insstatus', tid: null, jobId: null, target: null, source: { node: me.id, epoch: me.epoch }, generation: 0, seq, deadline: null, trail: [], body };
    try {
      await deps.publish(envelope);
      return true;
    } catch (e) {
      deps.log.warn({ err: e }, 'instance status not sent; the next inventory repairs it');
      return false;
    }
  };

  const endEvents = deps.hypervisor.onEvent((event) => {
    if (event.reason === 'io-error') watchRoom();
    void send({ full: false, instances: [{ insId: event.insId, vmstatus: vmStatus(event.state), reason: event.reason, hasDisk: true }] }, deps.nextSeq());
  });

  // Whoever sits down at a guest that stands idle is seen at once, not with the next inventory.
  deps.watchers.onFirst((insId) => {
    const seq = deps.nextSeq();
    void deps.hypervisor.list().then((all) => {
      const domain = all.find((one) => one.insId === insId);
      if (domain && !deps.busy().includes(insId)) return send({ full: false, instances: [{ insId, vmstatus: vmStatus(domain.state), reason: domain.reason ?? 'watched', hasDisk: true, watched: true }] }, seq);
    }).catch((e: unknown) => deps.log.warn({ err: e, insId }, 'that somebody is at its screen is told with the next inventory'));
  });

  /** Guests that found the disk full go on by themselves once there is room. Looked for every two seconds as long as one is paused. */
  async function goOn(): Promise<void> {
    const all = (await deps.hypervisor.list()).filter((d) => d.reason === 'io-error');
    if (all.length > 0) watchRoom();
    else stopWatching();
    const paused = all.filter((d) => !deps.busy().includes(d.insId));
    if (paused.length === 0 || !(await deps.hasRoom())) return;
    for (const { insId } of paused) {
      deps.log.info({ insId }, 'there is room again: the guest goes on');
      await deps.hypervisor.resume(insId).catch((e: unknown) => deps.log.warn({ err: e, insId }, 'the guest does not go on'));
    }
  }

  let watching: NodeJS.Timeout | null = null;
  let looking = false;
  function stopWatching(): void {
    if (watching) clearInterval(watching);
    watching = null;
  }
  function watchRoom(): void {
    watching ??= setInterval(() => {
      if (looking) return;
      looking = true;
      void goOn().catch((e: unknown) => deps.log.warn({ err: e }, 'paused guests could not be looked after')).finally(() => { looking = false; });
    }, deps.lookEveryMs ?? LOOK_FOR_ROOM_MS);
    watching.unref();
  }

  return {
    async inventory() {
      await goOn();
      // The number is drawn before the look: whatever happens during the look is newer.
      const seq = deps.nextSeq();
      const before = deps.busy();
      const domains = new Map((await deps.hypervisor.list()).map((d) => [d.insId, d]));
      const loads = await deps.meter.look().catch((e: unknown) => {
        deps.log.warn({ err: e }, 'how busy the guests are is not known now');
        return new Map<string, GuestLoad>();
      });
      const folders = (await readdir(deps.paths.instances).catch(() => [])).filter((name) => name.startsWith('ins-'));
      const busy = [...new Set([...before, ...deps.busy()])];
      const ids = [...new Set([...domains.keys(), ...folders])].filter((id) => !busy.includes(id));
      const instances = await Promise.all(
        ids.map(async (insId) => {
          const { state = 'absent', reason = 'inventory' } = domains.get(insId) ?? {};
          const load = loads.get(insId);
          return { insId, vmstatus: vmStatus(state), reason, hasDisk: await exists(deps.paths.disk(insId)), ...(state === 'running' ? { watched: deps.watchers.watched(insId), ...(load ? { load } : {}) } : {}) };
        }),
      );
      return send({ full: true, instances, busy }, seq);
    },
    close() {
      endEvents();
      stopWatching();
    },
  };
}

function vmStatus(state: DomainState): VmStatus {
  if (state === 'running' || state === 'paused') return 'running';
  return state === 'shutting-down' ? 'stopping' : 'stopped';
}
