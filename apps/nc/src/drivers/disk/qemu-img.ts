// Disk files of instances through qemu-img. What is there already is judged by our own header parser, never by qemu-img's probing.
import { say } from '@educloud/contracts';
import { CloudError, hasCode } from '@educloud/errors';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { diskFull } from '@educloud/images';
import { finishDisk, sha256File } from './finish-file.ts';
import { createRoom, isNoSpace, type RoomOptions } from './free-space.ts';
import { namedBase, type InspectDisk } from './inspect.ts';
import type { DiskTool } from './interface.ts';
import { qcow2Tables } from './qcow2-tables.ts';
import { createQemuImgRun, type QemuImgRun } from './run-qemu-img.ts';
import { runXorriso } from './run-xorriso.ts';

export interface QemuImgOptions extends RoomOptions {
  inspect: InspectDisk;
  /** Backing files are accepted only below these folders (the node's image cache). Without it: anywhere. */
  baseDirs?: readonly string[];
  maxVirtualBytes?: number;
  run?: QemuImgRun;
  /** Name of the node, for what people read. */
  node?: string;
}

/** An empty overlay or blank disk: header, tables, first clusters. */
const SMALL_FILE_BYTES = 4 * 1024 * 1024;
/** Part of the progress bar that is the conversion; the rest is hashing. */
const CONVERT_SHARE = 0.9;
const MAX_VIRTUAL_BYTES = 64 * 1024 ** 4;

export function createQemuImgDisks({ inspect, baseDirs, maxVirtualBytes: limit = MAX_VIRTUAL_BYTES, run = createQemuImgRun(), node, ...space }: QemuImgOptions): DiskTool {
  const room = createRoom(space);
  const where = (dir: string): string => (node ? `${node}:${dir}` : dir);
  const exists = async (file: string): Promise<boolean> => fs.access(file).then(() => true, () => false);
  const partOf = (file: string): string => `${file}.part`;

  /** Work that writes `target.part`: removed when it fails, DISK_FULL says where and how much. */
  async function writing<T>(target: string, neededBytes: number, work: (part: string) => Promise<T>): Promise<T> {
    const dir = path.dirname(target);
    const part = partOf(target);
    await fs.rm(part, { force: true }); // left by a crash
    await room.require(dir, neededBytes, where(dir));
    try {
      return await work(part);
    } catch (e) {
      await fs.rm(part, { force: true });
      const full = isNoSpace(e) || (hasCode(e, 'DISK_FULL') && (e as CloudError).data?.['missingBytes'] === undefined);
      throw full ? diskFull(where(dir), await room.missingAfterwards(dir, neededBytes), e) : e;
    }
  }

  return {
    kind: 'qemu-img',

    async ensureOverlay({ path: target, basePath, baseFormat, sizeBytes = 0 }) {
      const base = await inspect(basePath, { declaredFormat: baseFormat, maxVirtualBytes: limit });
      if (await exists(target)) {
        const named = await namedBase(target);
        if (named !== basePath) throw new CloudError('DISK_TOOL_FAILED', say('diskOnOtherBase', { file: path.basename(target) }), { internal: named });
        const present = await inspect(target, { declaredFormat: 'qcow2', maxVirtualBytes: limit, allowBacking: { basePath } });
        return { virtualSizeBytes: present.virtualSizeBytes };
      }
      return writing(target, SMALL_FILE_BYTES, async (part) => {
        // qcow2 counts in sectors.
        const virtualSizeBytes = Math.ceil(Math.max(base.virtualSizeBytes, sizeBytes) / 512) * 512;
        await fs.writeFile(part, qcow2Tables(virtualSizeBytes, 0, { path: basePath, format: baseFormat }), { mode: 0o600 });
        await finishDisk(part, target);
        return { virtualSizeBytes };
      });
    },

    async ensureBlank({ path: target, sizeBytes, grows = false }) {
      // qcow2 counts in sectors.
      const virtualSizeBytes = Math.ceil(sizeBytes / 512) * 512;
      if (await exists(target)) {
        const present = await inspect(target, { declaredFormat: 'qcow2', maxVirtualBytes: limit });
        if (grows && present.virtualSizeBytes < virtualSizeBytes) {
          await run(['resize', '-q', '-f', 'qcow2', '--', target, String(virtualSizeBytes)]);
          return { virtualSizeBytes };
        }
        if (present.virtualSizeBytes === virtualSizeBytes) return { virtualSizeBytes };
        throw new CloudError('DISK_TOOL_FAILED', say('diskOfOtherSize', { file: path.basename(target) }));
      }
      return writing(target, SMALL_FILE_BYTES, async (part) => {
        await run(['create', '-q', '-f', 'qcow2', '--', part, String(virtualSizeBytes)]);
        await finishDisk(part, target);
        return { virtualSizeBytes };
      });
    },

    makeMedium({ path: target, label, files }) {
      return writing(target, SMALL_FILE_BYTES, async (part) => {
        const dir = `${target}.files`;
        await fs.rm(dir, { recursive: true, force: true }); // left by a crash
        await fs.mkdir(dir, { mode: 0o700 });
        try {
          for (const [name, text] of Object.entries(files)) await fs.writeFile(path.join(dir, name), text, { mode: 0o600 });
          await runXorriso(dir, label, part);
          await fs.chmod(part, 0o600); // libvirt gives it to QEMU's account
          await finishDisk(part, target);
        } finally {
          await fs.rm(dir, { recursive: true, force: true });
        }
      });
    },

    async flatten({ path: source, target, maxVirtualBytes, signal, onProgress }) {
      if (signal.aborted) throw new CloudError('CANCELLED', say('flatteningCancelled'));
      // Before qemu-img reads it: a guest has written this disk.
      const basePath = await namedBase(source);
      if (basePath !== null && baseDirs && !baseDirs.some((dir) => path.resolve(basePath).startsWith(path.resolve(dir) + path.sep))) {
        throw new CloudError('IMAGE_BACKING_FILE', say('foreignBase'), { internal: basePath });
      }
      const disk = await inspect(source, { declaredFormat: 'qcow2', maxVirtualBytes, ...(basePath === null ? {} : { allowBacking: { basePath } }) });
      const total = disk.virtualSizeBytes;
      const measured = JSON.parse(await run(['measure', '--output', 'json', '-f', 'qcow2', '-O', 'qcow2', '--', source], { signal })) as { required: number };

      return writing(target, measured.required, async (part) => {
        // -S 64k: whole clusters of zeroes are left out, also those the guest wrote (measured on a 2 GiB disk: the same size and time as the
        // default of 4 KiB; without sparse detection 4 times the size and 10 times the time). No -c: an uncompressed image is ready to be a base.
        await run(['convert', '-p', '-S', '64k', '-T', 'none', '-t', 'writeback', '-f', 'qcow2', '-O', 'qcow2', '--', source, part], {
          signal,
          onPercent: (percent) => onProgress(Math.floor((total * CONVERT_SHARE * percent) / 100), total),
        });
        const result = await inspect(part, { declaredFormat: 'qcow2', maxVirtualBytes });
        const { sha256, sizeBytes } = await sha256File(part, signal, (done, size) => onProgress(Math.floor(total * (CONVERT_SHARE + ((1 - CONVERT_SHARE) * done) / Math.max(1, size))), total));
        await finishDisk(part, target);
        return { sizeBytes, virtualSizeBytes: result.virtualSizeBytes, sha256 };
      });
    },
  };
}
