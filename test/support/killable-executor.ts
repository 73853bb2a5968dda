// A process with nothing but an executor in it, for the kill test: commands and statuses over IPC, one file as its whole effect.
import { appendFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Envelope } from '@educloud/contracts';
import { createExecutor, defineJob } from '@educloud/executor';
import { createFailpoints } from '@educloud/failpoints';
import { silentLog } from '@educloud/log';

const { dir, epoch, failAt } = JSON.parse(process.argv[2] ?? '{}') as { dir: string; epoch: number; failAt?: string };
const disk = join(dir, 'disk');

const executor = createExecutor({
  daemonId: () => 'nc-00000001',
  journalPath: join(dir, 'journal.db'),
  slots: { transfer: 1, disk: 1, boot: 1 },
  now: Date.now,
  log: silentLog(),
  failpoint: createFailpoints(failAt),
  sendStatus: (envelope) => new Promise((resolve, reject) => process.send?.({ status: envelope }, undefined, {}, (e) => (e ? reject(e) : resolve()))),
  sendProgress: () => undefined,
  handlers: [
    defineJob<'cloneDisk'>({
      job: 'cloneDisk',
      do: async () => {
        appendFileSync(join(dir, 'runs'), 'do\n');
        if (!existsSync(disk)) writeFileSync(disk, 'x');
        return { virtualSizeBytes: 1 };
      },
      undo: async () => {
        appendFileSync(join(dir, 'runs'), 'undo\n');
        rmSync(disk, { force: true });
      },
    }),
  ],
});
executor.setEpoch(epoch);
process.on('message', (envelope: Envelope) => void executor.accept(envelope).then(() => process.send?.({ acked: envelope.id })));
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
