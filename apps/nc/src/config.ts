// Every setting of a node controller, with its default. config/nc.yaml explains each for the administrator.
import { z } from 'zod';
import { bossUrl, daemonName, daemonSettings, failAt } from '@educloud/config';
import { BridgeName, Ipv4, Port } from '@educloud/contracts';

const GiB = 1024 ** 3;

export const NcConfig = z.strictObject({
  name: daemonName('nc-1'),
  ...daemonSettings('nc', 8774),
  /** The boss of a node is its CC. */
  ccUrl: bossUrl('http://127.0.0.1:8772'),
  joinToken: z.string().optional(),
  /** Broker (vhost) of the cluster. */
  busUrl: z.string().default('embedded:cluster-1'),
  hypervisor: z
    .strictObject({
      /** The fake runs nothing: for tests and scale runs; every page says so. */
      kind: z.enum(['libvirt', 'fake']).default('libvirt'),
      uri: z.string().default('qemu:///system'),
      /** auto = KVM when it passes its self-test; tcg = never. */
      acceleration: z.enum(['auto', 'tcg']).default('auto'),
      /** Account that QEMU runs as, which must enter the folder of the VNC sockets; empty = this daemon's own. Debian: libvirt-qemu. */
      qemuUser: z.string().default(''),
      /** Folder of the guests' VNC sockets, with a short path; empty = below dataDir. */
      socketDir: z.string().default(''),
      fakeDelayMs: z.coerce.number().int().min(0).default(0),
      /** Size of the host that the fake pretends to have; 0 = the real one's. */
      fakeCpus: z.coerce.number().int().min(0).default(0),
      fakeMemoryMiB: z.coerce.number().int().min(0).default(0),
    })
    .prefault({}),
  network: z
    .strictObject({
      /** IPv4 address at which forwarded ports of guests listen; empty = the host of publicUrl. */
      accessIp: z.union([z.literal(''), Ipv4]).default(''),
      /** TCP ports of this host that guests on its bridges may reach. */
      openPorts: z.array(Port).max(64).default([]),
      /** Bridges that the fake pretends to have. */
      fakeBridges: z.array(BridgeName).default([]),
    })
    .prefault({}),
  transfer: z
    .strictObject({
      kind: z.enum(['http', 'sftp']).default('http'),
      /** Kind sftp: account on the CC that may read its cache. */
      sftpUser: z.string().default('educloud'),
      sftpPort: z.coerce.number().int().min(1).max(65_535).default(22),
      /** Kind sftp: where that account sees the image cache of the CC. */
      sftpPath: z.string().startsWith('/').default('/images'),
      sftpKeyFile: z.string().default(''),
      sftpHostKeySha256: z.string().default(''),
    })
    .prefault({}),
  slots: z
    .strictObject({ transfer: z.coerce.number().int().positive().default(2), disk: z.coerce.number().int().positive().default(2), boot: z.coerce.number().int().min(0).default(4) })
    .prefault({}),
  /** Local desktops: for classroom PCs, whose cluster serves lvd. */
  local: z
    .strictObject({
      enabled: z.boolean().default(false),
      /** The door of `edu lvd`; empty = lvd.sock in dataDir. */
      socket: z.string().default(''),
      /** Who may come in by it, in octal. */
      socketMode: z.string().regex(/^0?[0-7]{3}$/).default('0660'),
      askSeconds: z.coerce.number().positive().default(300),
      autoSync: z.boolean().default(true),
      syncBytesPerSecond: z.coerce.number().int().positive().default(10 * 1024 ** 2),
      /** Load of the last minute per processor above which nothing is fetched in the background. */
      syncMaxLoad: z.coerce.number().positive().default(0.5),
      stopGraceSeconds: z.coerce.number().int().min(0).default(60),
      /** The host switches itself off when nobody has worked on it for so long; 0 = never. */
      idleOffMinutes: z.coerce.number().int().min(0).default(0),
    })
    .prefault({}),
  /** What switches this host off, as a list of words: by an administrator's order, or when nobody works on it. */
  powerOffCommand: z.array(z.string()).min(1).default(['systemctl', 'poweroff']),
  /** Never filled by images and disks. */
  reserveBytes: z.coerce.number().int().min(0).default(2 * GiB),
  failAt,
});
export type NcConfig = z.output<typeof NcConfig>;
