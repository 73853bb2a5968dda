// The domain XML of an instance: virtual hardware as the OS type has it. Used by the libvirt driver and its tests.
import { createHash } from 'node:crypto';
import { boardOf } from '@educloud/contracts';
import { domainMac, domainUuid, ownerMark } from './domain-identity.ts';
import type { DomainNic, DomainSpec } from './interface.ts';
import type { TapGuard } from '../taps/interface.ts';
import { el, toXml, type XmlElement } from './xml.ts';

export interface DomainEnvironment {
  nodeId: string;
  acceleration: 'kvm' | 'tcg';
  /** Unix socket of the guest's VNC server. */
  vncSocket: string;
  /** Unix socket of its serial port. */
  serialSocket: string;
}

const DISK_NAME = { virtio: 'vda', sata: 'sda', ide: 'hda' } as const;
/** Behind the CD drives, where they hang on the same bus. */
const DATA_NAME = { virtio: 'vdb', sata: 'sdd', ide: 'hdb' } as const;

function disks(spec: DomainSpec): XmlElement[] {
  const cdBus = boardOf(spec.hardware) === 'q35' ? 'sata' : 'ide';
  return [
    el('disk', { type: 'file', device: 'disk' },
      // writeback: the guests of one image share its base in the host's page cache, and a guest's own flushes still reach the disk.
      // unmap/detect_zeroes: what the guest trims or zeroes leaves the overlay, so that submitting copies only what counts.
      el('driver', { name: 'qemu', type: spec.disk.format, cache: 'writeback', discard: 'unmap', detect_zeroes: 'unmap' }),
      el('source', { file: spec.disk.path }),
      el('target', { dev: DISK_NAME[spec.hardware.diskBus], bus: spec.hardware.diskBus }),
      el('boot', { order: spec.startup?.bootFrom === 'network' ? 2 : 1 })),
    ...(spec.dataPath ? [
      el('disk', { type: 'file', device: 'disk' },
        el('driver', { name: 'qemu', type: 'qcow2', cache: 'writeback', discard: 'unmap', detect_zeroes: 'unmap' }),
        el('source', { file: spec.dataPath }),
        el('target', { dev: DATA_NAME[spec.hardware.diskBus], bus: spec.hardware.diskBus }),
        // For /dev/disk/by-id: its name does not depend on the bus.
        el('serial', {}, 'educloud-data')),
    ] : []),
    ...(spec.mediaPath === null ? [] : [
      el('disk', { type: 'file', device: 'cdrom' },
        el('driver', { name: 'qemu', type: 'raw' }),
        el('source', { file: spec.mediaPath }),
        el('target', { dev: cdBus === 'sata' ? 'sdb' : 'hdc', bus: cdBus }),
        el('readonly'),
        // Second: an empty disk does not boot, so the medium does; once something is installed it no longer gets in the way.
        el('boot', { order: spec.startup?.bootFrom === 'network' ? 3 : 2 })),
    ]),
    ...(spec.seedPath ? [
      el('disk', { type: 'file', device: 'cdrom' },
        el('driver', { name: 'qemu', type: 'raw' }),
        el('source', { file: spec.seedPath }),
        el('target', { dev: cdBus === 'sata' ? 'sdc' : 'hdd', bus: cdBus }),
        el('readonly')),
    ] : []),
  ];
}

/** HDA comes with the controller that belongs to the board. */
function sound({ hardware }: DomainSpec): XmlElement[] {
  if (hardware.audio === 'none') return [];
  return [el('sound', { model: hardware.audio === 'ac97' ? 'ac97' : boardOf(hardware) === 'q35' ? 'ich9' : 'ich6' })];
}

/** Forwards of NAT cards are no part of it: they are made in the running QEMU. What a bridged card may send is for the guards of its tap to judge. */
function cards(spec: DomainSpec): XmlElement[] {
  const model = el('model', { type: spec.hardware.nicModel });
  const nics: readonly DomainNic[] = spec.nics ?? [{ mode: 'nat', mac: domainMac(spec.insId), forwards: [] }];
  // Of the first card alone: what a classroom starts from is on the network it is in.
  const boot = (i: number): XmlElement | false => i === 0 && spec.startup?.bootFrom === 'network' && el('boot', { order: 1 });
  return nics.map((nic, i) => (nic.mode === 'nat'
    ? el('interface', { type: 'user' }, el('mac', { address: nic.mac }), model, boot(i))
    : el('interface', { type: 'bridge', trustGuestRxFilters: 'no' }, el('mac', { address: nic.mac }), el('source', { bridge: nic.bridge }), el('target', { dev: nic.tap }), model, boot(i))));
}

function domain(spec: DomainSpec, env: DomainEnvironment, metadata: XmlElement | null): XmlElement {
  const kvm = env.acceleration === 'kvm';
  const menuSeconds = spec.startup?.bootMenuSeconds ?? 0;
  return el('domain', { type: kvm ? 'kvm' : 'qemu' },
    el('name', {}, spec.insId),
    el('uuid', {}, domainUuid(spec.insId)),
    el('title', {}, spec.title === '' ? spec.insId : spec.title),
    metadata && el('metadata', {}, metadata),
    el('memory', { unit: 'MiB' }, String(spec.memoryMiB)),
    el('vcpu', {}, String(spec.cpus)),
    el('os', {}, el('type', { arch: 'x86_64', machine: boardOf(spec.hardware) }, 'hvm'), menuSeconds > 0 && el('bootmenu', { enable: 'yes', timeout: menuSeconds * 1000 })),
    el('features', {}, el('acpi'), el('apic')),
    kvm && el('cpu', { mode: 'host-model' }),
    el('clock', { offset: spec.hardware.localtime ? 'localtime' : 'utc' }),
    el('on_poweroff', {}, 'destroy'),
    el('on_reboot', {}, 'restart'),
    el('on_crash', {}, 'destroy'),
    el('devices', {},
      ...disks(spec),
      ...cards(spec),
      // Somebody who looks comes and goes; what it says is in the log meanwhile, which others keep small (src/serial).
      el('serial', { type: 'unix' },
        el('source', { mode: 'bind', path: env.serialSocket }),
        spec.serialLog ? el('log', { file: spec.serialLog, append: 'on' }) : null),
      el('channel', { type: 'unix' }, el('target', { type: 'virtio', name: 'org.qemu.guest_agent.0' })),
      // The clipboard of the screen, for guests with a spice-vdagent. Older QEMUs save and snapshot no guest that has it.
      spec.startup?.clipboard ? el('channel', { type: 'qemu-vdagent' }, el('source', {}, el('clipboard', { copypaste: 'yes' })), el('target', { type: 'virtio', name: 'com.redhat.spice.0' })) : null,
      el('input', { type: 'tablet', bus: 'usb' }), // absolute pointer: the mouse in a browser does not drift
      el('graphics', { type: 'vnc' }, el('listen', { type: 'socket', socket: env.vncSocket })),
      ...sound(spec),
      el('video', {}, el('model', { type: spec.hardware.video })),
      el('memballoon', { model: 'virtio' }),
      el('rng', { model: 'virtio' }, el('backend', { model: 'random' }, '/dev/urandom'))));
}

const guardsIn = ({ nics = [] }: DomainSpec): TapGuard[] => nics.flatMap((nic) => (nic.mode === 'bridge' ? [{ tap: nic.tap, mac: nic.mac, ip: nic.ip }] : []));

/** The XML, and the hash of it that tells later whether the defined domain is still the wanted one. */
export function domainXml(spec: DomainSpec, env: DomainEnvironment): { xml: string; specHash: string } {
  const specHash = createHash('sha256').update(toXml(domain(spec, env, null))).update(guardsIn(spec).map((g) => g.ip).join()).digest('hex').slice(0, 32);
  return { xml: toXml(domain(spec, env, ownerMark({ tid: spec.tid, nodeId: env.nodeId, spec: specHash, guards: guardsIn(spec) }))), specHash };
}
