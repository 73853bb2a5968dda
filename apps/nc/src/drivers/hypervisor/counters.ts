// What libvirt's statistics of a domain say of the work it has done. Pure; asked by the libvirt driver.
import type { DomainStats } from '@educloud/libvirt';
import type { GuestCounters } from './interface.ts';

/** Null: its processors were not counted. */
export function countersOf({ name, values }: DomainStats): GuestCounters | null {
  const number = (field: string): number | null => (values[field] === undefined ? null : Number(values[field]));
  /** Of all devices of a group, e.g. net.0.rx.bytes + net.1.rx.bytes; null: none of them counts. */
  const sum = (group: string, field: string): number | null => {
    const each = Array.from({ length: number(`${group}.count`) ?? 0 }, (_, i) => number(`${group}.${i}.${field}`)).filter((one) => one !== null);
    return each.length > 0 ? each.reduce((all, one) => all + one, 0) : null;
  };
  const cpus = number('vcpu.current') ?? 1;
  // Without control groups libvirt knows the time of each processor only.
  const vcpus = Array.from({ length: cpus }, (_, i) => number(`vcpu.${i}.time`)).filter((one) => one !== null);
  const cpuNs = number('cpu.time') ?? (vcpus.length === cpus ? vcpus.reduce((all, one) => all + one, 0) : null);
  if (cpuNs === null) return null;
  return {
    insId: name, cpus, cpuNs, memoryMiB: Math.round((number('balloon.rss') ?? number('balloon.current') ?? 0) / 1024),
    diskReadBytes: sum('block', 'rd.bytes') ?? 0, diskWrittenBytes: sum('block', 'wr.bytes') ?? 0, netInBytes: sum('net', 'rx.bytes'), netOutBytes: sum('net', 'tx.bytes'),
  };
}
