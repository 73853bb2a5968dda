// Default deny: what is served declares its need, and each daemon's authorisation point knows every need its routes declare.
import assert from 'node:assert/strict';
import { Need } from '@educloud/contracts';
import { silentLog } from '@educloud/log';
import { createRest } from '@educloud/rest';
import { declaredRoutes, SERVING } from '../../tools/gen/routes.ts';

/** Open to everybody on purpose. Anything else that is open is a mistake. */
const OPEN = new Set(['/livez', '/readyz', '/metrics', '/clc/api/1.0/login', '/clc/api/1.0/openapi.json']);
/** What each daemon's authorisation point can decide; the rest it refuses. */
const DECIDES: Record<(typeof SERVING)[number], Need[]> = {
  clc: Need.options.map((o) => o.value).filter((need) => need !== 'local'),
  cc: ['nobody', 'join', 'ticket'],
  nc: ['nobody', 'ticket', 'local'],
  walrus: ['nobody', 'ticket'],
  sc: ['nobody'],
};

describe('default deny', () => {
  for (const daemon of SERVING) {
    it(`holds for every route of ${daemon}`, async () => {
      const routes = await declaredRoutes(daemon);
      assert.ok(routes.length >= 3);
      for (const route of routes) {
        assert.ok(DECIDES[daemon].includes(route.need), `${route.method} ${route.path} needs ${route.need}, which ${daemon} cannot decide`);
        assert.equal(route.need === 'nobody', OPEN.has(route.path), `${route.method} ${route.path} is ${route.need === 'nobody' ? 'open' : 'closed'}`);
        assert.ok(route.summary.length > 5, `${route.path} has no summary`);
        assert.ok(!route.path.startsWith('/') || route.path.startsWith(`/${daemon}/api/1.0/`) || OPEN.has(route.path), `${route.path} is outside /${daemon}/api/1.0`);
      }
    });
  }
  it('refuses to declare a route without a need', () => {
    const rest = createRest({ role: 'x', version: '', log: silentLog(), authorise: async () => ({ kind: 'nobody' }), readiness: () => Promise.reject(new Error()) });
    assert.throws(() => rest.route({ method: 'GET', path: '/x', summary: 'x' } as never, async () => ({})), /does not declare what it needs/);
    assert.throws(() => rest.raw({ methods: ['GET'], path: '/y', summary: 'y' } as never, () => undefined), /does not declare what it needs/);
    assert.throws(() => rest.upgrade({ path: '/z', summary: 'z' } as never, () => undefined), /does not declare what it needs/);
  });
});
