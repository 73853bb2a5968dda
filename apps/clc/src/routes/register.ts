// POST /register/{walrus|sc|cc} by the daemons themselves, and /register/nc/{ccname} by a CC for its node.
import { RegisterReply, RegisterRequest, type DaemonId, say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Rest } from '@educloud/rest';
import { z } from 'zod';
import { registerDaemon, type RegisterDeps } from '../commands/node-register.ts';
import type { DaemonStore } from '../store/interface.ts';

export interface RegisterRouteDeps extends RegisterDeps { daemons: Pick<DaemonStore, 'daemon'> }

const Params = z.object({ ccname: z.string().max(63) });

export function registerRoutes(rest: Rest, deps: RegisterRouteDeps): void {
  for (const role of ['walrus', 'sc', 'cc'] as const) {
    rest.route(
      { method: 'POST', path: `/clc/api/1.0/register/${role}`, need: 'join', summary: `A ${role} joins with a token, or comes back with its identity`, body: RegisterRequest, reply: RegisterReply, maxBodyBytes: 64 * 1024, secretAnswer: true },
      async ({ body }) => ({ body: await registerDaemon(deps, role, body, null) }),
    );
  }
  rest.route(
    { method: 'POST', path: '/clc/api/1.0/register/nc/:ccname', need: 'node', summary: 'A CC passes the registration of its node on', params: Params, body: RegisterRequest, reply: RegisterReply, maxBodyBytes: 64 * 1024, secretAnswer: true },
    async ({ params, body, caller }) => {
      const cc = caller.kind === 'node' ? await deps.daemons.daemon(caller.nodeId) : null;
      // A daemon speaks only for itself: the CC in the address is the one that asks.
      if (!cc || cc.role !== 'cc' || (params.ccname !== cc.name && params.ccname !== cc.id)) throw new CloudError('FORBIDDEN', say('onlyItsCc', { cc: params.ccname }));
      return { body: await registerDaemon(deps, 'nc', body, cc.id as DaemonId) };
    },
  );
}
