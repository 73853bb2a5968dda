// Disks without qemu-img, for the fake hypervisor: an overlay is a copy of its base, a flattened disk a copy of the overlay.
// The files are real: free space, progress, cancelling and hashes behave as with the real tool.
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { constants, promises as fs } from 'node:fs';
import path from 'node:path';
import { diskFull } from '@educloud/images';
import { setTimeout as delay } from 'node:timers/promises';
import { copyRawAsQcow2, growTo, readOrigin, virtualSize, writeOrigin } from './fake-qcow2.ts';
import { finishDisk, sha256File } from './finish-file.ts';
import { createRoom, isNoSpace, type RoomOptions } from './free-space.ts';
import type { DiskTool } from './interface.ts';
import { qcow2Tables } from './qcow2-tables.ts';

export type FakeDiskStep = 'ensureOverlay' | 'ensureBlank' | 'makeMedium' | 'flatten';

export interface FakeDiskOptions extends RoomOptions {
  /** Fails before the effect: one step, several, or what the function returns. */
  failAt?: FakeDiskStep | readonly FakeDiskStep[] | ((step: FakeDiskStep, path: string) => Error | undefined);
  delayMs?: number;
  /** Name of the node, for what people read. */
  node?: string;
}

const BLOCK = 1024 * 1024;
export function createFakeDisks({ failAt, delayMs = 0, node, ...space }: FakeDiskOptions = {}): DiskTool {
  const room = createRoom(space);
  async function step(name: FakeDiskStep, file: string): Promise<void> {
    if (delayMs > 0) await delay(delayMs);
    if (typeof failAt === 'function') {
      const error = failAt(name, file);
      if (error) throw error;
    } else if (failAt === name || (Array.isArray(failAt) && failAt.includes(name))) {
      throw new CloudError('DISK_TOOL_FAILED', `the fake disk tool was told to fail at ${name}`);
    }
  }
  const where = (dir: string): string => (node ? `${node}:${dir}` : dir);
  const exists = async (file: string): Promise<boolean> => fs.access(file).then(() => true, () => false);

  async function writing<T>(target: string, neededBytes: number, work: (part: string) => Promise<T>): Promise<T> {
    const dir = path.dirname(target);
    const part = `${target}.part`;
    await fs.rm(part, { force: true });
    await room.require(dir, neededBytes, where(dir));
    try {
      return await work(part);
    } catch (e) {
      await fs.rm(part, { force: true });
      throw isNoSpace(e) ? diskFull(where(dir), await room.missingAfterwards(dir, neededBytes), e) : e;
    }
  }

  return {
    kind: 'fake',
    async ensureOverlay({ path: target, basePath, baseFormat, sizeBytes = 0 }) {
      await step('ensureOverlay', target);
      if (await exists(target)) {
        const origin = await readOrigin(target);
        if (origin !== null && origin !== basePath) throw new CloudError('DISK_TOOL_FAILED', say('diskOnOtherBase', { file: path.basename(target) }));
        return { virtualSizeBytes: await virtualSize(target) };
      }
      return writing(target, (await fs.stat(basePath)).size, async (part) => {
        if (baseFormat === 'raw') await copyRawAsQcow2(basePath, part);
        else await fs.copyFile(basePath, part, constants.COPYFILE_FICLONE);
        await fs.chmod(part, 0o600); // bases are read-only
        await writeOrigin(part, basePath);
        await growTo(part, Math.ceil(sizeBytes / 512) * 512);
        await finishDisk(part, target);
        return { virtualSizeBytes: await virtualSize(target) };
      });
    },
    async ensureBlank({ path: target, sizeBytes, grows = false }) {
      await step('ensureBlank', target);
      const virtualSizeBytes = Math.ceil(sizeBytes / 512) * 512;
      if (await exists(target)) {
        if (grows) await growTo(target, virtualSizeBytes);
        if ((await virtualSize(target)) !== virtualSizeBytes) throw new CloudError('DISK_TOOL_FAILED', say('diskOfOtherSize', { file: path.basename(target) }));
        return { virtualSizeBytes };
      }
      const image = qcow2Tables(virtualSizeBytes, 0);
      return writing(target, image.length, async (part) => {
        await fs.writeFile(part, image);
        await finishDisk(part, target);
        return { virtualSizeBytes };
      });
    },
    async makeMedium({ path: target, label, files }) {
      await step('makeMedium', target);
      await writing(target, BLOCK, async (part) => {
        await fs.writeFile(part, JSON.stringify({ label, files }), { mode: 0o600 });
        await finishDisk(part, target);
      });
    },
    async flatten({ path: source, target, maxVirtualBytes, signal, onProgress }) {
      await step('flatten', source);
      if (signal.aborted) throw new CloudError('CANCELLED', say('flatteningCancelled'));
      const virtualSizeBytes = await virtualSize(source);
      if (virtualSizeBytes > maxVirtualBytes) throw new CloudError('IMAGE_TOO_BIG', say('diskTooLarge'));
      const { size } = await fs.stat(source);
      return writing(target, size, async (part) => {
        const from = await fs.open(source, 'r');
        const to = await fs.open(part, 'w', 0o600);
        try {
          const block = Buffer.allocUnsafe(BLOCK);
          for (let done = 0; done < size; ) {
            if (signal.aborted) throw new CloudError('CANCELLED', say('flatteningCancelled'));
            const { bytesRead } = await from.read(block, 0, BLOCK, done);
            await to.write(block, 0, bytesRead, done);
            done += bytesRead;
            onProgress(Math.floor(done / 2), size);
            if (delayMs > 0) await delay(delayMs);
          }
        } finally {
          await from.close();
          await to.close();
        }
        await writeOrigin(part, '');
        const { sha256, sizeBytes } = await sha256File(part, signal, (done) => onProgress(Math.floor((size + done) / 2), size));
        await finishDisk(part, target);
        return { sizeBytes, virtualSizeBytes, sha256 };
      });
    },
  };
}
