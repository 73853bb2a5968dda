// What the figures were measured on. Used by run.ts and scale-run.ts.
import { readFile } from 'node:fs/promises';
import { arch, cpus, release, totalmem } from 'node:os';
import { availableHypervisor } from '../tools/cloud/hypervisor.ts';
import { kvmWorks } from '../tools/servers/index.ts';

/** No names of hosts: the figures are compared with those of other machines of the same kind. */
export async function machine(): Promise<Record<string, unknown>> {
  const os = await readFile('/etc/os-release', 'utf8').then((t) => /PRETTY_NAME="(.*)"/.exec(t)?.[1] ?? '', () => '');
  return { cores: cpus().length, cpu: cpus()[0]?.model ?? '', arch: arch(), memoryGiB: Math.round(totalmem() / 1024 ** 3), os, kernel: release(), node: process.version, hypervisor: availableHypervisor().kind, kvm: kvmWorks() };
}
