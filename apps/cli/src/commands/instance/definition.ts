// What `edu instance define` and `edu instance set` share: the options, and the request they make.
import { Option, type Command } from 'commander';
import { Lifetime } from '@educloud/contracts';
import type { Translate } from '../../language.ts';
import { bytes, wholeNumber, wholeNumberOrNone } from '../../values.ts';

export interface DefinitionOptions { imageVersion?: number | 'latest'; lifetime?: string; type?: string; memory?: number; cpus?: number; disk?: number; node?: string; cluster?: string; description?: string }

export const withDefinition = (command: Command, t: Translate): Command => command
  .option('--image-version <n>', t('make its disk of this version of the image, or of the latest', '用镜像的此版本创建磁盘，或 latest'), (text: string) => (text === 'latest' ? 'latest' : wholeNumber(t)(text)))
  .addOption(new Option('--lifetime <what>', t('what becomes of its disk: thrown away at the stop, made anew at each run, or kept', '磁盘的去留：关机时丢弃、每次启动重新创建，或保留')).choices(Lifetime.options))
  .option('--type <vmtype>', t('VM type: where sizes come from that are not given', '虚拟机类型：未给出的规格取自它'))
  .option('--memory <size>', t('memory, e.g. 512M or 4G', '内存，例如 512M 或 4G'), bytes(t))
  .option('--cpus <n>', t('processors', '处理器数'), wholeNumber(t))
  .option('--disk <gib>', t('system disk in GiB, when it is made; 0: as large as the image', '创建时系统盘的大小（GiB）；0 表示与镜像相同'), wholeNumberOrNone(t))
  .option('--node <node>', t('only on this node, by id or name; "any": anywhere', '只在此节点上（id 或名称）；any 表示任意'))
  .option('--cluster <cluster>', t('only in this cluster, by id or name; "any": anywhere', '只在此集群中（id 或名称）；any 表示任意'))
  .option('--description <text>', t('what it is for', '说明'));

const pin = (name: string): string | null => (name === 'any' ? null : name);

export const definitionBody = (o: DefinitionOptions): Record<string, unknown> => ({
  ...(o.imageVersion === undefined ? {} : { imageVersion: o.imageVersion }), ...(o.lifetime === undefined ? {} : { lifetime: o.lifetime }), ...(o.type === undefined ? {} : { vmType: o.type }),
  ...(o.memory === undefined ? {} : { memoryMiB: Math.round(o.memory / 1024 ** 2) }), ...(o.cpus === undefined ? {} : { cpus: o.cpus }),
  ...(o.disk === undefined ? {} : { diskGiB: o.disk }),
  ...(o.node === undefined ? {} : { node: pin(o.node) }), ...(o.cluster === undefined ? {} : { cluster: pin(o.cluster) }), ...(o.description === undefined ? {} : { description: o.description }),
});
