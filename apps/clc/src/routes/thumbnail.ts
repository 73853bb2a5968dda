// GET /instances/{id}/thumbnail: what its screen shows, small, for lists; to those who may see the instance.
import { InstanceId, hasScreen, say, statusOf } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Rest } from '@educloud/rest';
import { requireScreenOpen } from '../commands/console-open.ts';
import type { Deps } from '../deps.ts';
import { askThumbnail } from '../neighbours/cc.ts';
import { createThumbnails, THUMBNAIL_KEPT_MS } from '../thumbnails.ts';
import { ownInstance } from './caller.ts';

const TICKET_MS = 30_000;

export function thumbnailRoute(rest: Rest, deps: Deps): void {
  const { read } = deps.store;
  const thumbnails = createThumbnails({
    now: deps.now,
    async take(insId, ncId) {
      const nc = await read.daemons.daemon(ncId);
      const cc = nc?.ccId ? await read.daemons.daemon(nc.ccId) : null;
      if (!nc || !cc) throw new CloudError('NODE_UNREACHABLE', say('clusterOfGuestGone'));
      return askThumbnail(cc, deps.sign({ action: 'screenshot', insId, ncId, epoch: nc.epoch, nonce: Buffer.from(deps.random(12)).toString('base64url') }, TICKET_MS));
    },
  });
  rest.raw({ methods: ['GET'], path: '/clc/api/1.0/instances/:insid/thumbnail', need: 'user', summary: 'A small picture (PNG) of the instance’s screen, some seconds old at most' }, async (_request, response, { params, caller }) => {
    const id = InstanceId.safeParse(params['insid']);
    if (!id.success) throw new CloudError('NOT_FOUND', say('noInstance', { instance: (params['insid'] ?? '').slice(0, 40) }));
    const row = await ownInstance(read, id.data, caller);
    requireScreenOpen(row);
    const ncId = hasScreen(row) ? ((await read.instances.instance(row.id))?.ncId ?? null) : null;
    if (ncId === null) throw new CloudError('GUEST_NOT_RUNNING', say('instanceNotRunning', { status: statusOf(row) }), { data: { status: statusOf(row), vmState: row.vmState, taskState: row.taskState } });
    const png = await thumbnails.of(row.id, ncId);
    response.writeHead(200, { 'Content-Type': 'image/png', 'Content-Length': String(png.length), 'Cache-Control': `private, max-age=${THUMBNAIL_KEPT_MS / 1000}` }).end(png);
  });
}
