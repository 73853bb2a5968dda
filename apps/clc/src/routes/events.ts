// GET /events: server-sent events. Rows of the database replay after Last-Event-ID (or ?after=); progress is live only.
import type { IncomingMessage } from 'node:http';
import { InstanceLoadEvent, InstanceProgress, ProgressEvent, say } from '@educloud/contracts';
import { CloudError, wrongField } from '@educloud/errors';
import type { ProgressCache } from '@educloud/progress';
import type { Rest } from '@educloud/rest';
import type { Sessions } from '../accounts/sessions.ts';
import { createAudience } from '../events/audience.ts';
import { openStream, type Stream } from '../events/stream.ts';
import type { EventTail } from '../events/tail.ts';
import type { Store } from '../store/interface.ts';
import { userOf } from './caller.ts';

export interface EventRouteDeps {
  store: Pick<Store, 'read'>;
  tail: EventTail;
  progress: Pick<ProgressCache, 'listen'>;
  sessions: Pick<Sessions, 'byId'>;
  keepAliveMs?: number;
  stallMs?: number;
}

const MAX_WATCHERS = 2_000;

function lastSeen(request: IncomingMessage): number | null {
  const header = request.headers['last-event-id'];
  const given = (typeof header === 'string' ? header : null) ?? new URL(request.url ?? '/', 'http://x').searchParams.get('after');
  if (given === null || given === '') return null;
  if (!/^\d{1,15}$/.test(given)) throw new CloudError('BAD_REQUEST', say('notAnEventId'), { data: { fields: [wrongField('after', say('wholeNumber'))] } });
  return Number(given);
}

/** @returns stops listening for progress. */
export function eventRoute(rest: Rest, deps: EventRouteDeps): { close(): void } {
  const audience = createAudience(deps.store.read);
  const streams = new Set<Stream>();
  const stopListening = deps.progress.listen('progress', (payload) => {
    const event = streams.size > 0 ? ProgressEvent.safeParse(payload) : null;
    if (event?.success) for (const stream of streams) stream.progress({ kind: 'task', subject: event.data.tid, event: 'progress', payload: event.data });
  });
  const stopListeningToInstances = deps.progress.listen('instance-progress', (payload) => {
    const event = streams.size > 0 ? InstanceProgress.safeParse(payload) : null;
    if (event?.success) for (const stream of streams) stream.progress({ kind: 'instance', subject: event.data.id, event: 'instance-progress', payload: event.data });
  });
  const stopListeningToLoads = deps.progress.listen('instance-load', (payload) => {
    const event = streams.size > 0 ? InstanceLoadEvent.safeParse(payload) : null;
    if (event?.success) for (const stream of streams) stream.progress({ kind: 'instance', subject: event.data.id, event: 'instance-load', payload: event.data });
  });

  rest.raw({ methods: ['GET'], path: '/clc/api/1.0/events', need: 'user', summary: 'Server-sent events: task, instance, batch, node, image, progress' }, async (request, response, { caller, closing }) => {
    const who = userOf(caller);
    const session = caller.kind === 'user' ? caller.session : '';
    if (streams.size >= MAX_WATCHERS) throw new CloudError('TOO_MANY_REQUESTS', say('tooManyWatchers'));
    const stream = openStream({
      response,
      tail: deps.tail,
      from: lastSeen(request) ?? deps.tail.cursor(),
      maySee: (kind, subject) => audience.maySee(who, kind, subject),
      stillWelcome: async () => (await deps.sessions.byId(session)) !== null,
      keepAliveMs: deps.keepAliveMs ?? 15_000,
      stallMs: deps.stallMs ?? 30_000,
    });
    streams.add(stream);
    const end = (): void => stream.end();
    closing.addEventListener('abort', end);
    await stream.done;
    closing.removeEventListener('abort', end);
    streams.delete(stream);
  });
  return {
    close() {
      stopListening();
      stopListeningToInstances();
      stopListeningToLoads();
    },
  };
}
