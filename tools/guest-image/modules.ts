// Which kernel modules a guest carries: those named and everything they depend on, read from the modules themselves (no depmod).
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What it takes to reach a disk on any bus, and the root filesystem on it. Loaded by the initrd, in this order. */
export const BOOT_MODULES = ['crc32c_generic', 'virtio_pci', 'virtio_blk', 'virtio_scsi', 'ahci', 'ata_piix', 'ata_generic', 'sd_mod', 'ext4'];
/** More for the medium: reading itself. */
export const MEDIUM_MODULES = [...BOOT_MODULES, 'sr_mod', 'isofs'];
/** What the running guest loads besides. */
export const GUEST_MODULES = [...MEDIUM_MODULES, 'button', 'evdev', 'virtio_console', 'virtio-rng', 'virtio_balloon', 'virtio_net', 'e1000', 'e1000e', 'af_packet'];

const canonical = (name: string): string => name.replaceAll('-', '_');

/** Lists `depends=` of the .modinfo section: NUL-separated text inside the ELF file. */
function dependsOf(file: string): string[] {
  const content = readFileSync(file, 'latin1');
  const at = content.indexOf('\0depends=');
  if (at < 0) return [];
  const text = content.slice(at + 9, content.indexOf('\0', at + 9));
  return text.split(',').filter(Boolean).map(canonical);
}

export interface ModuleSet { release: string; files: Map<string, { file: string; depends: string[] }> }

/** Finds `wanted` and their dependencies below `<unpacked>/lib/modules/<release>`. */
export function selectModules(unpacked: string, wanted: string[]): ModuleSet {
  const base = path.join(unpacked, 'lib/modules');
  const release = readdirSync(base)[0]!;
  const all = new Map(readdirSync(path.join(base, release, 'kernel'), { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.ko')).map((f) => [canonical(path.basename(f, '.ko')), path.join(base, release, 'kernel', f)]));
  const builtin = new Set(readFileSync(path.join(base, release, 'modules.builtin'), 'utf8').split('\n').map((f) => canonical(path.basename(f, '.ko'))));
  const files: ModuleSet['files'] = new Map();
  const add = (name: string): void => {
    if (files.has(name) || builtin.has(name)) return;
    const file = all.get(name);
    if (!file) throw new Error(`the kernel ${release} has no module ${name}`);
    const depends = dependsOf(file);
    files.set(name, { file, depends });
    depends.forEach(add);
  };
  wanted.map(canonical).forEach(add);
  return { release, files };
}

/** Copies the modules flat, with the modules.dep that busybox modprobe reads and the list of what to load. */
export function installModules(set: ModuleSet, root: string, load: string[]): void {
  const dir = path.join(root, 'lib/modules', set.release);
  mkdirSync(dir, { recursive: true });
  // Everything a module needs, each before what needs it; modprobe loads a line of modules.dep from its end.
  const needed = (name: string, seen = new Set<string>()): Set<string> => {
    for (const d of set.files.get(name)?.depends ?? []) if (!seen.has(d)) { needed(d, seen); seen.add(d); }
    return seen;
  };
  const lines: string[] = [];
  for (const [name, { file }] of set.files) {
    copyFileSync(file, path.join(dir, `${name}.ko`));
    lines.push(`${name}.ko:${[...needed(name)].reverse().filter((d) => set.files.has(d)).map((d) => ` ${d}.ko`).join('')}`);
  }
  writeFileSync(path.join(dir, 'modules.dep'), `${lines.join('\n')}\n`);
  writeFileSync(path.join(root, 'lib/modules/load'), `${load.join('\n')}\n`);
}
