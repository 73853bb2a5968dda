// docs/routes.md: every declared route of every daemon with what it needs. Called by tools/gen.ts and the default-deny test.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Need } from '@educloud/contracts';
import { silentLog } from '@educloud/log';
import { createRest, type Rest } from '@educloud/rest';
import { ROOT } from '../build.ts';
import { filesBelow } from './stations.ts';
import { GENERATED, table } from './text.ts';

export interface DeclaredRoute {
  daemon: string;
  method: string;
  path: string;
  need: Need;
  summary: string;
}

/** Stands for any dependency: declaring a route uses none of them. */
const anything: unknown = new Proxy(() => undefined, { get: (_t, key) => (key === 'then' ? undefined : key === Symbol.toPrimitive ? () => '' : anything), apply: () => anything });

const DECLARES = /^\w+Routes?$/;

/** Calls each exported `…Routes` function below apps/<daemon>/src/routes with a server that never listens. */
export async function declaredRoutes(daemon: string): Promise<DeclaredRoute[]> {
  const rest = createRest({ role: daemon, version: '', log: silentLog(), authorise: async () => ({ kind: 'nobody' }), readiness: () => Promise.reject(new Error('never asked')) });
  const sockets = new Set<string>();
  const recorder: Rest = { ...rest, upgrade: (spec, handle) => { sockets.add(spec.path); rest.upgrade(spec, handle); } };
  for (const file of filesBelow(`apps/${daemon}/src/routes`, /^(?!.*\.spec\.).*\.ts$/)) {
    const module = (await import(pathToFileURL(path.join(ROOT, file)).href)) as Record<string, unknown>;
    for (const [name, declare] of Object.entries(module)) if (DECLARES.test(name) && typeof declare === 'function') (declare as (rest: Rest, deps: unknown) => void)(recorder, anything);
  }
  return rest.routes().map(({ method, path: at, need, summary }) => ({ daemon, method: sockets.has(at) ? 'WebSocket' : method, path: at, need, summary }));
}

export const SERVING = ['clc', 'cc', 'nc', 'walrus', 'sc'] as const;

const NEEDS: Record<Need, string> = {
  nobody: 'open to everybody',
  user: 'anyone who is logged in (session cookie, or `Authorization: Bearer <token>`)',
  admin: 'an administrator',
  join: 'a join token, or the id and secret of a daemon, in the body',
  node: 'a registered daemon: `Authorization: Node <id>:<secret>`',
  local: 'whoever may open the unix socket of the daemon on its own machine: the mode of the file decides',
  ticket: 'a ticket signed by the CLC for exactly this: `Authorization: Bearer <ticket>`',
};

export async function routesPage(): Promise<string> {
  const sections: string[] = [];
  for (const daemon of SERVING) {
    const rows = (await declaredRoutes(daemon)).map((r) => [r.method, `\`${r.path}\``, r.need, r.summary]);
    sections.push(`## ${daemon}\n\n${table(['method', 'path', 'need', 'what'], rows)}`);
  }
  return `${GENERATED}
# Routes

Everything the daemons serve. A route that does not declare its need is refused when the daemon starts; what is not declared does not exist. The CLC also serves the pages of the web UI under \`/\`, and its interface as OpenAPI 3.1 at \`/clc/api/1.0/openapi.json\`.

${table(['need', 'who may'], Object.entries(NEEDS))}

${sections.join('\n\n')}
`;
}
