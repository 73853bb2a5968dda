// Puts the guest's root directory together: busybox, kernel, modules, guest agent with its libraries, and the files of ./root.
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packInitramfs } from './cpio.ts';
import { BOOT_MODULES, GUEST_MODULES, MEDIUM_MODULES, installModules, selectModules } from './modules.ts';
import { unpack } from './packages.ts';
import { run } from './process.ts';

const HERE = import.meta.dirname;
const EXECUTABLE = ['etc/init.d/rcS', 'etc/init.d/guest-agent', 'etc/init.d/cloud-seed', 'etc/acpi/PWRF/00000080', 'usr/share/udhcpc/default.script', 'usr/sbin/chpasswd', 'usr/sbin/shutdown'];
const LIBRARY_DIR = 'lib/x86_64-linux-gnu';

export interface System { root: string; kernel: string; installerInitrd: Buffer; grubDir: string }

function makeInitrd(dir: string, init: string, busybox: string, unpackedKernel: string, modules: string[]): Buffer {
  for (const d of ['bin', 'dev', 'proc', 'sys', 'newroot', 'medium', 'lib']) mkdirSync(path.join(dir, d), { recursive: true });
  copyFileSync(busybox, path.join(dir, 'bin/busybox'));
  chmodSync(path.join(dir, 'bin/busybox'), 0o755);
  copyFileSync(path.join(HERE, init), path.join(dir, 'init'));
  chmodSync(path.join(dir, 'init'), 0o755);
  installModules(selectModules(unpackedKernel, modules), dir, modules);
  // busybox looks for modprobe's helper here too; the applets themselves are linked by the init script.
  mkdirSync(path.join(dir, 'sbin'), { recursive: true });
  symlinkSync('../bin/busybox', path.join(dir, 'sbin/modprobe'));
  return packInitramfs(dir);
}

/** Copies qemu-ga and, as the guest's own dynamic linker resolves them, exactly its libraries. */
async function installGuestAgent(unpacked: string, root: string): Promise<void> {
  const search = [path.join(unpacked, LIBRARY_DIR), path.join(unpacked, 'usr', LIBRARY_DIR)];
  const linker = path.join(search[0]!, 'ld-linux-x86-64.so.2');
  const program = path.join(unpacked, 'usr/sbin/qemu-ga');
  const list = await run(linker, ['--library-path', search.join(':'), '--list', program]);
  for (const line of list.split('\n')) {
    const name = /^\s*(lib\S+) =>/.exec(line)?.[1];
    if (!name) continue;
    const from = search.map((d) => path.join(d, name)).find((f) => existsSync(f));
    if (!from) throw new Error(`qemu-ga needs ${name}, which no package of the guest brings`);
    copyFileSync(realpathSync(from), path.join(root, LIBRARY_DIR, name));
  }
  // qemu-ga asks for user names through NSS.
  copyFileSync(realpathSync(path.join(search[0]!, 'libnss_files.so.2')), path.join(root, LIBRARY_DIR, 'libnss_files.so.2'));
  copyFileSync(realpathSync(linker), path.join(root, 'lib64/ld-linux-x86-64.so.2'));
  copyFileSync(program, path.join(root, 'usr/sbin/qemu-ga'));
  for (const f of ['lib64/ld-linux-x86-64.so.2', 'usr/sbin/qemu-ga']) chmodSync(path.join(root, f), 0o755);
}

export async function buildSystem(work: string, debs: Map<string, string>): Promise<System> {
  const unpacked = path.join(work, 'packages');
  const kernelName = [...debs.keys()].find((name) => name.startsWith('linux-image-'))!;
  const kernelDir = path.join(work, 'kernel');
  await Promise.all([
    unpack(debs.get(kernelName)!, kernelDir, ['./boot/vmlinuz-*', './lib/modules/*/modules.builtin', ...['ata', 'block', 'scsi', 'cdrom', 'virtio', 'char', 'acpi', 'input', 'net'].map((d) => `./lib/modules/*/kernel/drivers/${d}/*.ko`), ...['block', 'fs', 'lib', 'crypto', 'arch', 'net/packet', 'net/core', 'mm'].map((d) => `./lib/modules/*/kernel/${d}/*.ko`)]),
    (async () => { for (const [name, deb] of debs) if (name !== kernelName) await unpack(deb, unpacked); })(),
  ]);

  const root = path.join(work, 'root');
  for (const d of ['bin', 'sbin', 'usr/bin', 'usr/sbin', 'proc', 'sys', 'dev', 'run', 'tmp', 'root', 'mnt', 'home/user', 'boot', 'var/log', 'lib64', LIBRARY_DIR]) mkdirSync(path.join(root, d), { recursive: true });
  const busybox = path.join(unpacked, 'bin/busybox');
  copyFileSync(busybox, path.join(root, 'bin/busybox'));
  chmodSync(path.join(root, 'bin/busybox'), 0o755);
  cpSync(path.join(HERE, 'root'), root, { recursive: true });
  for (const f of EXECUTABLE) chmodSync(path.join(root, f), 0o755);
  chmodSync(path.join(root, 'etc/shadow'), 0o600);
  const own = new Set(readdirSync(path.join(root, 'usr/sbin')));
  for (const applet of (await run(busybox, ['--list'])).split('\n').filter((a) => a && a !== 'busybox' && !own.has(a))) symlinkSync('busybox', path.join(root, 'bin', applet));
  symlinkSync('../usr/sbin/shutdown', path.join(root, 'sbin/shutdown'));
  // The kernel itself calls /sbin/init and /sbin/modprobe.
  for (const f of ['init', 'modprobe']) symlinkSync('../bin/busybox', path.join(root, 'sbin', f));

  installModules(selectModules(kernelDir, GUEST_MODULES), root, GUEST_MODULES);
  await installGuestAgent(unpacked, root);
  const kernel = path.join(kernelDir, 'boot', readdirSync(path.join(kernelDir, 'boot')).find((f) => f.startsWith('vmlinuz-'))!);
  copyFileSync(kernel, path.join(root, 'boot/vmlinuz'));
  writeFileSync(path.join(root, 'boot/initrd.img'), makeInitrd(path.join(work, 'initrd'), 'initrd-init.sh', busybox, kernelDir, BOOT_MODULES));
  const installerInitrd = makeInitrd(path.join(work, 'installer'), 'installer-init.sh', busybox, kernelDir, MEDIUM_MODULES);
  return { root, kernel, installerInitrd, grubDir: path.join(unpacked, 'usr/lib/grub/i386-pc') };
}
