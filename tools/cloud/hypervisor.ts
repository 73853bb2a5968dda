// Can real guests run here? libvirtd and QEMU must be there, and a private libvirtd needs root.
import { existsSync } from 'node:fs';

export function availableHypervisor(): { kind: 'libvirt' | 'fake'; why: string } {
  const missing = ['/usr/sbin/libvirtd', '/usr/bin/qemu-system-x86_64', '/usr/bin/qemu-img', '/usr/bin/tini'].filter((f) => !existsSync(f));
  if (missing.length > 0) return { kind: 'fake', why: `${missing.join(', ')} not installed` };
  if (process.getuid?.() !== 0) return { kind: 'fake', why: 'not root' };
  return { kind: 'libvirt', why: 'libvirtd and QEMU are there' };
}
