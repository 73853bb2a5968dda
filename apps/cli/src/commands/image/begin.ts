// What `edu image create` and `edu image modify` share: options of the build, and printing the new task.
import type { Command } from 'commander';
import type { TaskView } from '@educloud/contracts';
import type { Translate } from '../../language.ts';
import type { Output } from '../../output.ts';
import { nextCommand } from '../../task-words.ts';
import { bytes, wholeNumber } from '../../values.ts';

export interface BuildOptions { version?: number; vmType?: string; memory?: number; cpus?: number; node?: string; cluster?: string }

export const withBuildOptions = (command: Command, t: Translate): Command => command
  .option('--version <n>', t('version of the source (default: the latest)', '源版本（默认最新）'), wholeNumber(t))
  .option('--vm-type <type>', t('size of the guest while editing (see edu vmtype list; default: that of the OS type)', 'edu vmtype list 中的一项；默认为系统类型的配置'))
  .option('--memory <size>', t('memory of the guest while editing instead, e.g. 2G', '另行指定编辑时机器的内存，例如 2G'), bytes(t))
  .option('--cpus <n>', t('processors of the guest while editing instead', '另行指定编辑时机器的处理器数'), wholeNumber(t))
  .option('--node <node>', t('only on this node (id or name)', '仅使用此节点（id 或名称）'))
  .option('--cluster <cluster>', t('only in this cluster (id or name)', '仅使用此集群（id 或名称）'));

export const buildBody = (o: BuildOptions): Record<string, unknown> => ({
  ...(o.version ? { srcVersion: o.version } : {}), ...(o.vmType ? { vmType: o.vmType } : {}), ...(o.memory ? { memoryMiB: Math.round(o.memory / 1024 ** 2) } : {}), ...(o.cpus ? { cpus: o.cpus } : {}),
  ...(o.node ? { node: o.node } : {}), ...(o.cluster ? { cluster: o.cluster } : {}),
});

export const showBegun = (task: TaskView, out: Output, t: Translate): void =>
  out.one(task, [['tid', task.tid], [t('new image', '新镜像'), `${task.dstImageId} v${task.dstVersion}`], [t('next', '下一步'), nextCommand(task)]]);
