// host/poweroff on the host: it is switched off, unless a guest runs on it. An order that was obeyed once is not obeyed again when the host is back.
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import { readJsonFile, writeDurably } from '@educloud/images';
import type { Deps } from '../deps.ts';

export function powerJobs({ paths, guests, powerOff, bootId, log }: Pick<Deps, 'paths' | 'guests' | 'powerOff' | 'bootId' | 'log'>): AnyJobHandler[] {
  return [
    defineJob<'powerOff'>({
      job: 'powerOff',
      serialKey: () => 'power',
      async do({ force, order }) {
        const obeyed = (await readJsonFile(paths.poweredOff)) as { order?: unknown; boot?: unknown } | null;
        const boot = await bootId();
        // Heard again since it was switched on. One that was killed after the note, and has not gone off, tries again.
        if (obeyed?.order === order && obeyed.boot !== boot) return {};
        const running = await guests();
        if (running > 0 && !force) throw new CloudError('HOST_IN_USE', say('hostGuestsRun', { count: running }), { data: { guests: running } });
        await writeDurably(paths.poweredOff, JSON.stringify({ order, boot }));
        log.warn({ order, force }, 'this host is switched off by an order of the cloud');
        await powerOff().catch((e: unknown) => {
          throw new CloudError('INTERNAL', say('powerOffFailed', { why: e instanceof Error ? e.message : String(e) }), { cause: e });
        });
        return {};
      },
    }),
  ];
}
