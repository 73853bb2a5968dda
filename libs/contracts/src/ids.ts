// Names of things: branded string ids, their patterns, and how they are made. Used by every tier.
import { z } from 'zod';

const hex8 = '[0-9a-f]{8}';

export const ImageId = z.string().regex(new RegExp(`^img-${hex8}$`), 'an image id looks like img-1a2b3c4d').brand<'ImageId'>();
export type ImageId = z.infer<typeof ImageId>;

export const InstanceId = z.string().regex(new RegExp(`^ins-${hex8}$`), 'an instance id looks like ins-1a2b3c4d').brand<'InstanceId'>();
export type InstanceId = z.infer<typeof InstanceId>;

/** `srcid:dstid:insid`; dst = src means that a new version of the same image is being made. */
export const TaskId = z
  .string()
  .regex(new RegExp(`^img-${hex8}:img-${hex8}:ins-${hex8}$`), 'a task id looks like img-…:img-…:ins-…')
  .brand<'TaskId'>();
export type TaskId = z.infer<typeof TaskId>;

export const ROLES = ['clc', 'walrus', 'sc', 'cc', 'nc'] as const;
/** The five daemons. */
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;

/** `<role>-xxxxxxxx`; given by the CLC at the first registration. */
export const DaemonId = z.string().regex(new RegExp(`^(clc|walrus|sc|cc|nc)-${hex8}$`), 'a daemon id looks like nc-1a2b3c4d').brand<'DaemonId'>();
export type DaemonId = z.infer<typeof DaemonId>;

/** A source of randomness: n bytes. In production `node:crypto` randomBytes. */
export type RandomBytes = (size: number) => Uint8Array;

const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

export const newImageId = (random: RandomBytes): ImageId => `img-${hex(random(4))}` as ImageId;
export const newInstanceId = (random: RandomBytes): InstanceId => `ins-${hex(random(4))}` as InstanceId;
export const newBatchId = (random: RandomBytes): string => `bat-${hex(random(4))}`;
export const newDaemonId = (role: Role, random: RandomBytes): DaemonId => `${role}-${hex(random(4))}` as DaemonId;

export function taskId(src: ImageId, dst: ImageId, ins: InstanceId): TaskId {
  return `${src}:${dst}:${ins}` as TaskId;
}

export function splitTaskId(tid: TaskId): { src: ImageId; dst: ImageId; ins: InstanceId } {
  const [src, dst, ins] = tid.split(':');
  return { src: src as ImageId, dst: dst as ImageId, ins: ins as InstanceId };
}
