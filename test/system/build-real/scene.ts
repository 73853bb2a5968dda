// What the proofs on real parts share: five processes, RabbitMQ, MariaDB, Redis, libvirt and QEMU, and a person with `edu`.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ImageVersionView, TaskView } from '@educloud/contracts';
import { settingsOf, layoutOf } from '../../../tools/cloud/layout.ts';
import { startCloud, type Cloud } from '../../../tools/cloud/start.ts';
import { makeGuestImage, type GuestImageKind } from '../../../tools/guest-image.ts';
import { eduOf, type Edu } from '../../support/edu-process.ts';
import { guestOf, type LibvirtGuest } from '../../support/libvirt-guest.ts';
import { allowStart, freshDatabase, freshRedis, freshVhost, libvirtServer } from '../../support/servers.ts';
import { watchDoor, type WatchedDoor } from '../../support/who-dials.ts';

export type Uploaded = ImageVersionView & { imageId: string };
export const at = (task: TaskView): string => `${task.phase}/${task.state}`;

export interface BuildScene {
  readonly dir: string;
  readonly cloud: Cloud;
  readonly edu: Edu;
  /** Everybody who dials the node, or the image store, comes through these. */
  readonly nodeDoor: WatchedDoor;
  readonly storeDoor: WatchedDoor;
  upload(kind: GuestImageKind, name: string): Promise<Uploaded>;
  guest(task: TaskView): LibvirtGuest;
  show(tid: string): Promise<TaskView>;
  /** Takes the step and waits for its end. */
  step(tid: string, name: string, ...options: string[]): Promise<TaskView>;
  create(src: string, name: string): Promise<TaskView>;
  /** Prepared, running, and its agent answers. */
  bootedFrom(begun: TaskView): Promise<TaskView>;
  /** The sha256 of what comes down. */
  downloaded(image: string, version: number): Promise<string>;
}

/** To be called in a `describe`: one cloud for all tests of it. */
export function buildScene(): BuildScene {
  let dir = '';
  let cloud: Cloud;
  let edu: Edu;
  let nodeDoor: WatchedDoor;
  let storeDoor: WatchedDoor;

  before(async function () {
    allowStart(this);
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-real-'));
    await chmod(dir, 0o755);
    const cloudDir = path.join(dir, 'cloud');
    const { ports } = await settingsOf(layoutOf(cloudDir));
    [nodeDoor, storeDoor] = await Promise.all([watchDoor(ports.nc), watchDoor(ports.walrus)]);
    const [amqpUrl, clusterAmqpUrl, dbUrl, redisUrl, libvirt] = await Promise.all([freshVhost(), freshVhost(), freshDatabase(), freshRedis(), libvirtServer()]);
    cloud = await startCloud({
      dir: cloudDir, mode: 'distributed', hypervisor: 'libvirt', servers: { amqpUrl, clusterAmqpUrl, dbUrl, redisUrl, libvirtUri: libvirt.uri },
      overrides: { nc: { publicUrl: nodeDoor.url }, walrus: { publicUrl: storeDoor.url } },
    });
    edu = await eduOf(cloud, path.join(dir, 'edu'));
  });
  after(async function () {
    this.timeout(60_000);
    await cloud?.stop();
    await Promise.all([nodeDoor?.close(), storeDoor?.close()]);
    await rm(dir, { recursive: true, force: true });
  });

  const step = (tid: string, name: string, ...options: string[]): Promise<TaskView> => edu.json<TaskView>('task', name, tid, '--wait', '--timeout', '150s', ...options);
  const guest = (task: TaskView): LibvirtGuest => guestOf(cloud.json.libvirtUri, task.insId);
  return {
    get dir() { return dir; },
    get cloud() { return cloud; },
    get edu() { return edu; },
    get nodeDoor() { return nodeDoor; },
    get storeDoor() { return storeDoor; },
    guest,
    step,
    upload: async (kind, name) => edu.json<Uploaded>('image', 'upload', await makeGuestImage(kind), '--name', name, '--ostype', 'linux', '--usage', kind === 'iso' ? 'medium' : 'server'),
    show: (tid) => edu.json<TaskView>('task', 'show', tid),
    create: (src, name) => edu.json<TaskView>('image', 'create', src, '--name', name),
    async bootedFrom(begun) {
      assert.equal(at(await step(begun.tid, 'prepare')), 'preparing/prepared');
      const running = await step(begun.tid, 'run');
      assert.equal(at(running), 'editing/running');
      await guest(running).booted();
      return running;
    },
    async downloaded(image, version) {
      const file = path.join(dir, `${image}.${version}.qcow2`);
      await edu.json('image', 'download', image, file, '--version', String(version), '--force');
      const sha256 = createHash('sha256').update(await readFile(file)).digest('hex');
      await rm(file);
      return sha256;
    },
  };
}
