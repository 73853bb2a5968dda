// Guests on libvirt past the cloud: when they start and go off, by libvirt's own events in a connection of the bench, and bare twins of the cloud's guests.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Libvirt } from '@educloud/libvirt';

const run = promisify(execFile);
const WITHIN_MS = 180_000;

/** Time (performance.now) of the next event of this kind of the domain. */
export function seenEvent(libvirt: Libvirt, name: string, event: 'started' | 'stopped'): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => { off(); reject(new Error(`${name} was not seen to be ${event} within ${WITHIN_MS / 1000} s`)); }, WITHIN_MS);
    const off = libvirt.onEvent((e) => {
      if (e.name !== name || e.event !== event) return;
      const at = performance.now();
      off();
      clearTimeout(timer);
      resolve(at);
    });
  });
}

export interface Twin { name: string; /** From the first step until it runs. */ ms: number; end(): Promise<void> }

/** The same domain under another name, on an overlay of its own on the same base: overlay + define + start. `overlayFirst`: the overlay does not count. */
export async function bareTwin(libvirt: Libvirt, from: { xml: string; insId: string; base: string; format: 'qcow2' | 'raw' }, options: { overlayFirst?: boolean } = {}): Promise<Twin> {
  const name = `bare-${randomUUID().slice(0, 8)}`;
  const dir = path.join(path.dirname(path.dirname(from.base)), 'instances', name);
  const own = from.xml.replaceAll(from.insId, name).replace(/<uuid>[^<]*<\/uuid>/, `<uuid>${randomUUID()}</uuid>`).replace(/<mac address=[^>]*\/>/g, '');
  const end = async (): Promise<void> => {
    await libvirt.destroy(name).catch(() => undefined);
    await libvirt.undefine(name).catch(() => undefined);
    await rm(dir, { recursive: true, force: true });
  };
  const overlay = async (): Promise<void> => {
    await mkdir(dir, { mode: 0o711 });
    await chmod(dir, 0o711);
    // Where its serial console is written to.
    await mkdir(path.join(dir, 'serial'), { mode: 0o711 });
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', from.format, '-b', from.base, '--', path.join(dir, 'disk.qcow2')]);
  };
  try {
    if (options.overlayFirst) await overlay();
    const seen = seenEvent(libvirt, name, 'started');
    const begun = performance.now();
    if (!options.overlayFirst) await overlay();
    await libvirt.define(own);
    await libvirt.create(name);
    return { name, ms: (await seen) - begun, end };
  } catch (e) {
    await end();
    throw e;
  }
}
