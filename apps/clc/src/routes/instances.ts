// Instances: define, list, show, change, delete, and what is done with them. Parse by contract → call one command → reply.
import { z } from 'zod';
import { ConsoleBody, ConsoleGrant, DefineInstance, EmptyBody, ExtendBody, InstanceId, InstanceQuery, InstanceView, ModifyInstance, page, ResetBody, StopBody } from '@educloud/contracts';
import type { Caller, Rest } from '@educloud/rest';
import { openInstanceConsole } from '../commands/console-open.ts';
import { defineInstance } from '../commands/instance/define.ts';
import { deleteInstance } from '../commands/instance/delete.ts';
import { extendInstance } from '../commands/instance/extend.ts';
import { modifyInstance } from '../commands/instance/modify.ts';
import { pauseInstance } from '../commands/instance/pause.ts';
import { rebootInstance } from '../commands/instance/reboot.ts';
import { resetInstance } from '../commands/instance/reset.ts';
import { runInstance } from '../commands/instance/run.ts';
import { stopInstance } from '../commands/instance/stop.ts';
import { resumeInstance } from '../commands/instance/resume.ts';
import { suspendInstance } from '../commands/instance/suspend.ts';
import { unpauseInstance } from '../commands/instance/unpause.ts';
import type { Deps } from '../deps.ts';
import type { UserInstanceRow } from '../store/interface.ts';
import { ownInstance, userOf } from './caller.ts';
import { etag, ifMatch } from './etag.ts';
import { instanceAddress, instanceView, instanceViews } from './instance-view.ts';

const Params = z.object({ insid: InstanceId });
const PATH = '/clc/api/1.0/instances';
/** 64 KiB of user-data, every character of it escaped, and the rest. */
const BODY_BYTES = 512 * 1024;

const SIMPLE = {
  run: { command: runInstance, summary: 'Run an instance: place it and make its disk if it has none, then start it' },
  pause: { command: pauseInstance, summary: 'Pause a running instance: it stays in memory' },
  suspend: { command: suspendInstance, summary: 'Save a running instance’s memory to disk; CPU and memory are given back' },
  resume: { command: resumeInstance, summary: 'Let a suspended instance go on where it was' },
  unpause: { command: unpauseInstance, summary: 'Let a paused instance go on' },
} as const;
const WITH_GRACE = {
  stop: { command: stopInstance, summary: 'Stop an instance within its grace, then force it' },
  reboot: { command: rebootInstance, summary: 'Restart an instance: off within its grace, else by force, and on again' },
} as const;

export function instanceRoutes(rest: Rest, deps: Deps): void {
  const { read } = deps.store;
  const answer = async (row: UserInstanceRow, status: number) => ({ status, headers: { location: instanceAddress(row.id), ...etag(row) }, body: await instanceView(deps, row) });
  const own = (id: string, caller: Caller): Promise<UserInstanceRow> => ownInstance(read, id, caller);

  rest.route({ method: 'GET', path: PATH, need: 'user', summary: 'Instances, newest first; your own, all of them for an admin', query: InstanceQuery, reply: page(InstanceView) }, async ({ query, caller }) => {
    const { user, role } = userOf(caller);
    const { limit, cursor, owner, ...filter } = query;
    const found = await read.userInstances.userInstances({ limit, cursor, ...filter, owner: role === 'admin' ? owner : user });
    return { body: { items: await instanceViews(deps, found.items), next: found.next } };
  });
  rest.route({ method: 'POST', path: PATH, need: 'user', summary: 'Define an instance; nothing runs yet', body: DefineInstance, reply: InstanceView, status: 201, maxBodyBytes: BODY_BYTES }, async ({ body, caller }) =>
    answer(await defineInstance(deps, body, userOf(caller).user), 201));
  rest.route({ method: 'GET', path: `${PATH}/:insid`, need: 'user', summary: 'One instance with what was done with it and why it is where it is', params: Params, reply: InstanceView }, async ({ params, caller }) => {
    const row = await own(params.insid, caller);
    return { headers: etag(row), body: await instanceView(deps, row, { plans: true }) };
  });
  rest.route({ method: 'PATCH', path: `${PATH}/:insid`, need: 'user', summary: 'Change what was defined (If-Match), while it does not run', params: Params, body: ModifyInstance, reply: InstanceView, maxBodyBytes: BODY_BYTES }, async ({ params, body, headers, caller }) => {
    await own(params.insid, caller);
    const row = await modifyInstance(deps, params.insid, body, ifMatch(headers));
    return { headers: etag(row), body: await instanceView(deps, row) };
  });
  rest.route({ method: 'DELETE', path: `${PATH}/:insid`, need: 'user', summary: 'Delete an instance with its disk, whatever is under way', params: Params, reply: InstanceView, status: 202 }, async ({ params, caller }) => {
    await own(params.insid, caller);
    return answer(await deleteInstance(deps, params.insid), 202);
  });
  for (const [action, { command, summary }] of Object.entries(SIMPLE)) {
    rest.route({ method: 'POST', path: `${PATH}/:insid/${action}`, need: 'user', summary, params: Params, body: EmptyBody.prefault({}), reply: InstanceView, status: 202 }, async ({ params, caller }) => {
      await own(params.insid, caller);
      return answer(await command(deps, params.insid), 202);
    });
  }
  for (const [action, { command, summary }] of Object.entries(WITH_GRACE)) {
    rest.route({ method: 'POST', path: `${PATH}/:insid/${action}`, need: 'user', summary, params: Params, body: StopBody.prefault({}), reply: InstanceView, status: 202 }, async ({ params, body, caller }) => {
      await own(params.insid, caller);
      return answer(await command(deps, params.insid, body), 202);
    });
  }
  rest.route({ method: 'POST', path: `${PATH}/:insid/extend`, need: 'user', summary: 'Put off that it shuts down by itself', params: Params, body: ExtendBody.prefault({}), reply: InstanceView, status: 202 }, async ({ params, body, caller }) => {
    await own(params.insid, caller);
    return answer(await extendInstance(deps, params.insid, body), 202);
  });
  rest.route({ method: 'POST', path: `${PATH}/:insid/reset`, need: 'user', summary: 'Throw the disk away, and with `data` the data disk too; the next run makes it anew from the image', params: Params, body: ResetBody.prefault({}), reply: InstanceView, status: 202 }, async ({ params, body, caller }) => {
    await own(params.insid, caller);
    return answer(await resetInstance(deps, params.insid, body), 202);
  });
  rest.route(
    { method: 'POST', path: `${PATH}/:insid/console`, need: 'user', summary: 'A one-use address of the instance’s screen or serial console (WebSocket; RFB inside, or what the port says and is told)', params: Params, body: ConsoleBody.prefault({}), reply: ConsoleGrant, status: 201, secretAnswer: true },
    async ({ params, body, caller }) => ({ status: 201, body: await openInstanceConsole(deps, await own(params.insid, caller), body) }),
  );
}
