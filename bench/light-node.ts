// What the cloud sees of a node, without the node: real registration, beats, inventories, executor and messages; one process for hundreds,
// a journal in memory, and jobs that are done by saying so. Made by nodes-process.ts.
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { openBus } from '@educloud/bus';
import { clusterBeatQueue, clusterStatusQueue, commandQueue, ENVELOPE_VERSION, type Envelope, type InstanceStatus } from '@educloud/contracts';
import { createExecutor, defineJob, type AnyJobHandler } from '@educloud/executor';
import { createLog } from '@educloud/log';
import { createMembership, hostFacts } from '@educloud/membership';
import { messageKeyOfSecret, requireSeal, seal } from '@educloud/tickets';

const GiB = 1024 ** 3;
const HOST = { cpus: 64, memoryMiB: 262_144, disk: { totalBytes: 4096 * GiB, freeBytes: 4096 * GiB, claimableBytes: 4096 * GiB } };

export interface LightNodes { add(node: { name: string; joinToken: string }): Promise<{ ready(): Promise<void> }> }

/** To the broker: `own`, two for each node as a real one has, or `shared` by all of this process. */
export type Connections = 'own' | 'shared';

export async function createLightNodes(options: { busUrl: string; ccUrl: string; dir: string; connections: Connections }): Promise<LightNodes> {
  const log = createLog({ role: 'nc', level: 'error' });
  const sharedBus = options.connections === 'shared' ? await openBus(options.busUrl, { log }) : null;
  await mkdir(options.dir, { recursive: true });

  return {
    async add({ name, joinToken }) {
      const bus = sharedBus ?? (await openBus(options.busUrl, { log }));
      const guests = new Set<string>();
      const cc = (): string => membership.current()?.ccId ?? '';
      let messageKey = '';
      const toCc = async (envelope: Envelope): Promise<void> => bus.publish(clusterStatusQueue(cc()), seal(envelope, messageKey));
      const mention = (envelope: Envelope): void => bus.publishVolatile(clusterBeatQueue(cc()), seal(envelope, messageKey));
      const executor = createExecutor({
        daemonId: () => membership.current()?.id ?? '', handlers: jobs(), journalPath: ':memory:', slots: { transfer: 8, disk: 8, boot: 8 }, now: () => Date.now(), log,
        sendStatus: toCc, sendProgress: mention,
      });
      const say = async (body: InstanceStatus): Promise<void> => {
        const me = membership.current();
        if (!me) return;
        // One that does not go out is repaired by the next inventory, as on a real node.
        await toCc({ v: ENVELOPE_VERSION, id: randomUUID(), name: 'insstatus', tid: null, jobId: null, target: null, source: { node: me.id, epoch: me.epoch }, generation: 0, seq: executor.nextSeq(), deadline: null, trail: [], body }).catch(() => undefined);
      };
      const word = (insId: string, runs: boolean): InstanceStatus['instances'][number] => ({ insId, vmstatus: runs ? 'running' : 'stopped', reason: runs ? 'started' : 'acpi', hasDisk: true });
      const change = async (insId: string, runs: boolean): Promise<void> => {
        if (runs === guests.has(insId)) return;
        if (runs) guests.add(insId);
        else guests.delete(insId);
        await say({ full: false, instances: [word(insId, runs)], busy: [] });
      };
      const inventory = (): void => {
        const busy = [...new Set(executor.active().map((a) => a.key))];
        void say({ full: true, instances: [...guests].filter((id) => !busy.includes(id)).map((id) => word(id, true)), busy });
      };
      let consuming: Promise<unknown> | null = null;
      let timer: NodeJS.Timeout | null = null;
      const membership = createMembership({
        role: 'nc', name, url: () => 'http://127.0.0.1:9', boss: { registerUrl: `${options.ccUrl}/cc/api/1.0/register/nc` }, joinToken, identityFile: path.join(options.dir, `${name}.json`),
        facts: async () => hostFacts({ ...HOST, hypervisor: { kind: 'fake', version: 'fake', acceleration: 'none', message: 'no guest runs on this node' } }),
        vitals: async () => ({ load1: 0, memoryFreeMiB: HOST.memoryMiB - 96 * guests.size, freeDiskBytes: HOST.disk.freeBytes, guests: guests.size }),
        log, now: () => Date.now(), cloudTime: { set: () => undefined }, random: Math.random,
        async onRegistered(member) {
          messageKey = messageKeyOfSecret(member.secret);
          executor.setEpoch(member.epoch);
          consuming ??= bus.consume(commandQueue(member.id), 'command', async (envelope) => { requireSeal(envelope, messageKey); await executor.accept(envelope); }, { prefetch: 50 });
          await consuming;
          if (!timer) {
            // Nodes of a real cloud did not all start in one moment.
            timer = setTimeout(() => { timer = setInterval(inventory, member.inventoryMs); }, Math.random() * member.inventoryMs);
          }
          setImmediate(inventory);
        },
        sendBeat: mention,
        sendStatus: toCc,
      });
      bus.onState((state) => {
        if (!state.connected || !membership.current()) return;
        void executor.resendUnreported();
        inventory();
      });
      membership.start();
      return { ready: async () => void (await membership.registered()) };

      function jobs(): AnyJobHandler[] {
        const nothing = async (): Promise<Record<string, never>> => ({});
        return [
          defineJob<'fetchImage'>({ job: 'fetchImage', slot: 'transfer', do: nothing, undo: async () => undefined }),
          defineJob<'cloneDisk'>({ job: 'cloneDisk', slot: 'disk', do: async () => ({ virtualSizeBytes: 1024 * 1024 }), undo: async () => undefined }),
          defineJob<'startDomain'>({
            job: 'startDomain', slot: 'boot', serialKey: ({ guest }) => guest.insId,
            do: async ({ guest }) => (await change(guest.insId, true), { startedAt: Date.now() }), undo: ({ guest }) => change(guest.insId, false),
          }),
          defineJob<'stopDomain'>({ job: 'stopDomain', do: async ({ insId }) => (await change(insId, false), { how: 'acpi' }) }),
          defineJob<'discardInstance'>({ job: 'discardInstance', interrupts: true, do: async ({ insId }) => (await change(insId, false), {}) }),
        ];
      }
    },
  };
}
