// insstatus: every event of a guest at once, and everything there is every minute, after each reconnect and each registration.
import { readdir } from 'node:fs/promises';
import { ENVELOPE_VERSION, type Envelope, type InstanceStatus, type VmStatus } from '@educloud/contracts';
import type { Logger } from '@educloud/log';
import type { DomainState, Hypervisor } from '../drivers/hypervisor/interface.ts';
import { exists } from '../files.ts';
import type { NodePaths } from '../paths.ts';

export interface InstanceReports {
  /** All of the node's instances; false = could not be sent, tried again at the next occasion. */
  inventory(): Promise<boolean>;
  close(): void;
}

export interface InstanceReportDeps {
  hypervisor: Hypervisor;
  paths: NodePaths;
  /** Instances with a job running or waiting. */
  busy(): string[];
  identity(): { id: string; epoch: number } | null;
  nextSeq(): number;
  publish(envelope: Envelope): Promise<void>;
  newId(): string;
  log: Logger;
}

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
    void send({ full: false, instances: [{ insId: event.insId, vmstatus: vmStatus(event.state), reason: event.reason, hasDisk: true }] }, deps.nextSeq());
  });

  return {
    async inventory() {
      // The number is drawn before the look: whatever happens during the look is newer.
      const seq = deps.nextSeq();
      const before = deps.busy();
      const domains = new Map((await deps.hypervisor.list()).map((d) => [d.insId, d.state]));
      const folders = (await readdir(deps.paths.instances).catch(() => [])).filter((name) => name.startsWith('ins-'));
      const busy = [...new Set([...before, ...deps.busy()])];
      const ids = [...new Set([...domains.keys(), ...folders])].filter((id) => !busy.includes(id));
      const instances = await Promise.all(
        ids.map(async (insId) => ({ insId, vmstatus: vmStatus(domains.get(insId) ?? 'absent'), reason: 'inventory', hasDisk: await exists(deps.paths.disk(insId)) })),
      );
      return send({ full: true, instances, busy }, seq);
    },
    close: endEvents,
  };
}

function vmStatus(state: DomainState): VmStatus {
  if (state === 'running' || state === 'paused') return 'running';
  return state === 'shutting-down' ? 'stopping' : 'stopped';
}
