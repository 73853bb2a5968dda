// GET /openapi.json: OpenAPI 3.1 from the declared routes and their contracts, made at the first request.
import { Problem, type Need } from '@educloud/contracts';
import type { Rest, RouteSpec } from '@educloud/rest';
import type { ZodObject } from 'zod';

const SECURITY: Readonly<Record<Need, Array<Record<string, string[]>>>> = {
  nobody: [], join: [], user: [{ session: [] }, { cookie: [] }], admin: [{ session: [] }, { cookie: [] }], node: [{ node: [] }], ticket: [{ ticket: [] }], local: [],
};

/** Under this name once in the document, not in each route. */
const NamedProblem = Problem.meta({ id: 'Problem' });

const pathOf = (path: string): string => path.replace(/[:*](\w+)/g, '{$1}');
const parametersOf = (path: string): string[] => [...path.matchAll(/[:*](\w+)/g)].map((m) => m[1] as string);

export async function openApiDocument(routes: ReadonlyArray<RouteSpec>, version: string): Promise<object> {
  // Loaded only when somebody asks: it is large.
  const { OpenAPIRegistry, OpenApiGeneratorV31 } = await import('@asteasolutions/zod-to-openapi');
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'session', { type: 'http', scheme: 'bearer', description: 'The token of POST /login' });
  registry.registerComponent('securitySchemes', 'cookie', { type: 'apiKey', in: 'cookie', name: 'educloud_session', description: 'With header X-CSRF-Token on everything but GET' });
  registry.registerComponent('securitySchemes', 'node', { type: 'apiKey', in: 'header', name: 'Authorization', description: 'Node <id>:<secret>' });
  registry.registerComponent('securitySchemes', 'ticket', { type: 'http', scheme: 'bearer', description: 'A signed ticket' });
  for (const route of routes) {
    const json = (schema: RouteSpec['reply']) => (schema ? { content: { 'application/json': { schema } } } : {});
    const names = parametersOf(route.path);
    registry.registerPath({
      method: route.method.toLowerCase() as 'get',
      path: pathOf(route.path),
      summary: route.summary,
      security: SECURITY[route.need],
      ...(route.params || names.length === 0 ? {} : { parameters: names.map((name) => ({ name, in: 'path' as const, required: true, schema: { type: 'string' as const } })) }),
      request: {
        ...(route.params ? { params: route.params as ZodObject } : {}),
        ...(route.query ? { query: route.query as ZodObject } : {}),
        ...(route.body ? { body: { content: { 'application/json': { schema: route.body } } } } : {}),
      },
      responses: {
        [String(route.status ?? 200)]: { description: 'Done', ...json(route.reply) },
        default: { description: 'Refused or failed', content: { 'application/problem+json': { schema: NamedProblem } } },
      },
    });
  }
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({ openapi: '3.1.0', info: { title: 'eduCloud', version } });
}

export function openApiRoute(rest: Rest, deps: { version: string }): void {
  let document: Promise<object> | null = null;
  rest.route({ method: 'GET', path: '/clc/api/1.0/openapi.json', need: 'nobody', summary: 'This interface as OpenAPI 3.1' }, async () => {
    document ??= openApiDocument(rest.routes(), deps.version);
    return { body: await document };
  });
}
