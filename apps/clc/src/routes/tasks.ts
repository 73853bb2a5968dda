// Lists and details of tasks, and the grant for a guest's screen.
import { z } from 'zod';
import { ConsoleBody, ConsoleGrant, PageQuery, page, TaskId, TaskView } from '@educloud/contracts';
import type { Rest } from '@educloud/rest';
import { openConsole } from '../commands/console-open.ts';
import type { Deps } from '../deps.ts';
import { ownTask, userOf } from './caller.ts';
import { taskView, taskViews } from './task-view.ts';

const Params = z.object({ tid: TaskId });
const ListQuery = PageQuery.extend({ active: z.enum(['true', 'false']).optional() });

export function taskRoutes(rest: Rest, deps: Deps): void {
  rest.route({ method: 'GET', path: '/clc/api/1.0/tasks', need: 'user', summary: 'Tasks, newest first; your own, all of them for an admin', query: ListQuery, reply: page(TaskView) }, async ({ query, caller }) => {
    const { user, role } = userOf(caller);
    const found = await deps.store.read.tasks.tasks({ limit: query.limit, cursor: query.cursor, ...(role === 'admin' ? {} : { owner: user }), ...(query.active ? { active: query.active === 'true' } : {}) });
    return { body: { items: await taskViews(deps, found.items), next: found.next } };
  });
  rest.route({ method: 'GET', path: '/clc/api/1.0/tasks/:tid', need: 'user', summary: 'One task with its plans, jobs and placement', params: Params, reply: TaskView }, async ({ params, caller }) => ({
    body: await taskView(deps, await ownTask(deps.store.read, params.tid, caller), { plans: true }),
  }));
  rest.route(
    { method: 'POST', path: '/clc/api/1.0/tasks/:tid/console', need: 'user', summary: 'A one-use address of the running guest’s screen or serial console (WebSocket; RFB inside, or what the port says and is told)', params: Params, body: ConsoleBody.prefault({}), reply: ConsoleGrant, status: 201, secretAnswer: true },
    async ({ params, body, caller }) => ({ status: 201, body: await openConsole(deps, await ownTask(deps.store.read, params.tid, caller), body) }),
  );
}
