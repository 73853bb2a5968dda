// The door of a classroom PC for the people in front of it: what may be run here, and run, stop, reset. A unix socket; the mode of its file decides.
import { hostname } from 'node:os';
import { z } from 'zod';
import { EmptyBody, LocalDesktop, LocalDesktops, RunLocal, say, StopLocal } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Rest } from '@educloud/rest';
import type { LocalLife } from '../local/life.ts';
import type { OfferBook } from '../local/offers.ts';
import { localDesktop, localDesktops, type ViewDeps } from '../local/view.ts';

export interface LocalDoorDeps {
  life: LocalLife;
  offers: OfferBook;
  view: ViewDeps;
  stopGraceMs: number;
  hostName: string;
  unreported(): number;
  /** Asks the cluster controller, then fetches what is missing. @throws it cannot be reached */
  sync(): Promise<void>;
}

/** By id or name. */
const Params = z.object({ desktop: z.string().min(1).max(200) });
const PATH = '/nc/api/1.0/local/desktops';

export function localDoorRoutes(rest: Rest, deps: LocalDoorDeps): void {
  const { life, offers, view } = deps;
  /** One that is here but not offered any more is found too. */
  function idOf(name: string): string {
    const there = localDesktops(view).filter((one) => one.id === name || one.name === name);
    return there.length === 1 && there[0] ? there[0].id : offers.find(name).id;
  }
  function shown(id: string): LocalDesktop {
    const found = localDesktop(view, id);
    if (!found) throw new CloudError('NOT_OFFERED', say('localNotOffered', { name: id }));
    return found;
  }
  const all = (): LocalDesktops => ({ hostId: offers.hostId(), hostName: deps.hostName || hostname(), reachable: offers.reachable(), heardAt: offers.heardAt(), unreported: deps.unreported(), items: localDesktops(view) });

  rest.route({ method: 'GET', path: PATH, need: 'local', summary: 'The local desktops of this host', reply: LocalDesktops }, async () => ({ body: all() }));
  rest.route({ method: 'GET', path: `${PATH}/:desktop`, need: 'local', summary: 'One local desktop, by id or name', params: Params, reply: LocalDesktop }, async ({ params }) => ({ body: shown(idOf(params.desktop)) }));
  rest.route({ method: 'POST', path: `${PATH}/:desktop/run`, need: 'local', summary: 'Start it, also while nobody of the cloud can be reached', params: Params, body: RunLocal.prefault({}), reply: LocalDesktop, status: 202 }, async ({ params, body }) => {
    const id = idOf(params.desktop);
    await life.run(id, body.user);
    return { body: shown(id) };
  });
  rest.route({ method: 'POST', path: `${PATH}/:desktop/stop`, need: 'local', summary: 'Stop it within its grace, then force it', params: Params, body: StopLocal.prefault({}), reply: LocalDesktop, status: 202 }, async ({ params, body }) => {
    const id = idOf(params.desktop);
    await life.stop(id, { graceMs: body.graceSeconds === undefined ? deps.stopGraceMs : body.graceSeconds * 1000, force: body.force });
    return { body: shown(id) };
  });
  rest.route({ method: 'POST', path: `${PATH}/:desktop/reset`, need: 'local', summary: 'Throw its disk away; the next start makes it anew', params: Params, body: EmptyBody.prefault({}), reply: LocalDesktop }, async ({ params }) => {
    const id = idOf(params.desktop);
    await life.reset(id);
    return { body: shown(id) };
  });
  rest.route({ method: 'POST', path: '/nc/api/1.0/local/sync', need: 'local', summary: 'Ask the cluster controller and fetch what is missing, now', body: EmptyBody.prefault({}), reply: LocalDesktops }, async () => {
    await deps.sync();
    return { body: all() };
  });
}
