// Registration of nodes (passed on to the CLC) and their ranking for placement.
import type { Bus } from '@educloud/bus';
import { commandQueue, RankReply, RankRequest, RegisterReply, RegisterRequest } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import type { Rest } from '@educloud/rest';
import { messageKeyOfSecret } from '@educloud/tickets';
import type { ClcClient } from '../neighbours/clc.ts';
import type { Nodes } from '../nodes.ts';
import { rankNodes } from '../rank.ts';
import type { Roster } from '../roster.ts';

export interface NodeRouteDeps {
  clc: ClcClient;
  nodes: Nodes;
  roster: Pick<Roster, 'known'>;
  clusterBus: Bus;
  id(): string;
  now(): number;
  log: Pick<Logger, 'warn'>;
}

export function nodeRoutes(rest: Rest, deps: NodeRouteDeps): void {
  rest.route({ method: 'POST', path: '/cc/api/1.0/register/nc', need: 'join', summary: 'A node registers with its cluster', body: RegisterRequest, reply: RegisterReply }, async ({ body }) => {
    const reply = await deps.clc.registerNode(body);
    // The node consumes from it as soon as it has the answer, and makes it itself if need be: with a broker in trouble it still has to get its secret.
    await deps.clusterBus.ensureQueue(commandQueue(reply.id), 'command', { once: true }).catch((e: unknown) => deps.log.warn({ err: e, node: reply.id }, 'the queue of a node is not there yet; the node makes it'));
    deps.nodes.registered({ id: reply.id, name: body.name, url: body.url, epoch: reply.epoch, facts: body.facts, messageKey: messageKeyOfSecret(reply.secret ?? body.secret ?? '') });
    return { body: reply };
  });

  rest.route({ method: 'POST', path: '/cc/api/1.0/rank', need: 'ticket', summary: 'Nodes that could take an instance, best first, with a reason for each refused one', body: RankRequest, reply: RankReply }, async ({ body, caller }) => {
    if (caller.kind !== 'ticket' || caller.claims.action !== 'cluster/call' || caller.claims.ccId !== deps.id()) throw new CloudError('TICKET_INVALID', 'the ticket is not for this cluster');
    await deps.roster.known();
    const reply = rankNodes(deps.nodes.all(), body, deps.now(), SILENT_MS);
    const best = reply.candidates[0];
    if (best?.fits) deps.nodes.promised(best.ncId, body.memoryMiB);
    return { body: reply };
  });
}

/** Suspect after three beats of 10 s. */
const SILENT_MS = 35_000;
