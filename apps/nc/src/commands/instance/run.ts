// instance/run on the node: the data disk is there and as large as it shall be. Starting the guest is the job of a build, too: image-create/run.
import { mkdir, rm } from 'node:fs/promises';
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../../deps.ts';

export function dataDiskJobs({ disks, paths }: Deps): AnyJobHandler[] {
  return [
    defineJob<'makeDataDisk'>({
      job: 'makeDataDisk',
      slot: 'disk',
      async do({ insId, sizeBytes }) {
        await mkdir(paths.instance(insId), { recursive: true, mode: 0o711 });
        await disks.ensureBlank({ path: paths.data(insId), sizeBytes, grows: true });
        return {};
      },
      async undo({ insId, removable }) {
        if (removable) await rm(paths.data(insId), { force: true });
      },
    }),
  ];
}
