// GET /status: the whole cloud at a glance.
import { CloudStatus, type DaemonView, type Readiness, say, inWords } from '@educloud/contracts';
import type { Rest } from '@educloud/rest';
import type { BeatReader } from '../leader/beat-board.ts';
import { nodeViews, type NodeViewDeps } from './node-view.ts';

export interface StatusRouteDeps extends NodeViewDeps {
  version: string;
  mode: CloudStatus['mode'];
  readiness(): Promise<Readiness>;
  beats: Pick<BeatReader, 'live' | 'suspended'>;
  leadership(): CloudStatus['controller'];
}

/** Daemons in one answer: every open page asks for it whenever a node changes, and there may be thousands. */
const SHOWN = 200;
/** Daemons named as a reason. */
const NAMED = 20;

export function statusRoute(rest: Rest, deps: StatusRouteDeps): void {
  rest.route({ method: 'GET', path: '/clc/api/1.0/status', need: 'user', summary: 'The whole cloud at a glance', reply: CloudStatus }, async () => {
    const { daemons, tasks, images, saga, orphans } = deps.store.read;
    const [readiness, { rows, nodes, fake }, counts, plans, imageCount, orphanCounts] = await Promise.all([deps.readiness(), daemons.overview(SHOWN), tasks.counts(), saga.counts(), images.countImages(), orphans.orphanCounts()]);
    const views = await nodeViews(deps, rows);
    const checks = Object.entries(readiness.checks).filter(([, check]) => !check.ok).map(([check, { message, why }]) => say('checkSays', { check, why: why ?? message }));
    const [ofNodes, ofOthers] = [true, false].map((are) => views.filter((v) => v.state !== 'up' && (v.role === 'nc') === are).slice(0, NAMED)) as [DaemonView[], DaemonView[]];
    const unnamed = nodes.all - nodes.up - ofNodes.length;
    const silent = [...[...ofOthers, ...ofNodes].map((v) => say('daemonIs', { name: v.name, role: v.role, state: v.state })), ...(unnamed > 0 ? [say('moreNotUp', { count: unnamed })] : [])];
    const suspended = deps.beats.suspended();
    const whys = [...checks, ...silent, ...(suspended.suspended && silent.length > 0 ? [suspended.why] : [])];
    const body: CloudStatus = {
      version: deps.version, mode: deps.mode, controller: deps.leadership(), fake,
      ready: readiness.ready, reasons: whys.map((why) => inWords(why, 'en')), whys,
      // Every stuck plan: the cleaning after a submit, or of a deleted image, waits without a task that says so.
      daemons: views, nodes, tasks: { active: counts.active, stuck: plans.stuck }, images: imageCount, orphans: orphanCounts,
    };
    return { body };
  });
}
