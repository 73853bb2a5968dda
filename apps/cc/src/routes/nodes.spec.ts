import assert from 'node:assert/strict';
import type { RegisterReply, RegisterRequest } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { createNodes } from '../nodes.ts';
import { nodeRoutes, type NodeRouteDeps } from './nodes.ts';

describe('the registration of a node', () => {
  it('R116 gives a new node its secret also while the broker is in trouble: its join token is used up', async () => {
    const nodes = createNodes(() => 0);
    const reply: RegisterReply = { id: 'nc-00000001' as RegisterReply['id'], secret: 's'.repeat(43), epoch: 1, ccId: 'cc-00000001' as RegisterReply['ccId'], ticketPublicKey: 'PEM', heartbeatMs: 10_000, inventoryMs: 60_000 };
    const handlers = new Map<string, (call: { body: unknown }) => Promise<{ body: unknown }>>();
    const deps = {
      clc: { registerNode: async () => reply }, nodes, id: () => 'cc-00000001', now: () => 0, log: { warn: () => undefined }, roster: { known: async () => undefined },
      clusterBus: { ensureQueue: async () => { throw new CloudError('BUS_UNAVAILABLE', 'the broker does not answer'); } },
    } as unknown as NodeRouteDeps;
    nodeRoutes({ route: (route: { path: string }, handle: never) => void handlers.set(route.path, handle) } as unknown as Parameters<typeof nodeRoutes>[0], deps);
    const request = { name: 'pc-1', url: 'http://127.0.0.1:3', joinToken: 't', facts: { version: '1', hostname: 'h', capacity: null, hypervisor: null, pools: [], usages: [], faults: [] } } satisfies RegisterRequest;
    assert.deepEqual((await handlers.get('/cc/api/1.0/register/nc')?.({ body: request }))?.body, reply);
    assert.ok(nodes.keyOf(reply.id), 'what it says is believed');
  });
});
