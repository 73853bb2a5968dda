// What `edu instance define`, `edu instance set` and `edu class start` share: the options, and the request they make.
import { readFile } from 'node:fs/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { ACCESS_MODES, BOOT_FROM, Lifetime, PLACEMENT_POLICIES, type AccessMode, type CloudInit } from '@educloud/contracts';
import type { Cli } from '../../cli.ts';
import type { Translate } from '../../language.ts';
import { isLocalTrouble, localFileFailure } from '../../local-file.ts';
import { bytes, duration, wholeNumber, wholeNumberOrNone } from '../../values.ts';

export interface DefinitionOptions { imageVersion?: number | 'latest'; lifetime?: string; type?: string; memory?: number; cpus?: number; disk?: number; dataDisk?: number; node?: string; cluster?: string; ownerGroup?: string; description?: string; nic?: object[]; service?: object[]; hostname?: string; guestUser?: string; passwordFile?: string; sshKey?: string[]; userData?: string; cloudInit?: boolean; stopAfter?: number; access?: AccessMode; bootFrom?: string; bootMenu?: number; clipboard?: boolean; metrics?: string; placement?: string; ha?: string; scale?: { min: number; max: number } | 'none'; stopIdle?: number; idleCpu?: number; stopAt?: string[]; zone?: string; warn?: number; autoStop?: boolean }

export const withDefinition = (command: Command, t: Translate): Command => command
  .option('--image-version <n>', t('make its disk of this version of the image, or of the latest', '用镜像的此版本创建磁盘，或 latest'), (text: string) => (text === 'latest' ? 'latest' : wholeNumber(t)(text)))
  .addOption(new Option('--lifetime <what>', t('what becomes of its disk: thrown away at the stop, made anew at each run, or kept', '磁盘的去留：关机时丢弃、每次启动重新创建，或保留')).choices(Lifetime.options))
  .option('--type <vmtype>', t('VM type: where sizes come from that are not given', '虚拟机类型：未给出的规格取自它'))
  .option('--memory <size>', t('memory, e.g. 512M or 4G', '内存，例如 512M 或 4G'), bytes(t))
  .option('--cpus <n>', t('processors', '处理器数'), wholeNumber(t))
  .option('--disk <gib>', t('system disk in GiB, when it is made; 0: as large as the image', '创建时系统盘的大小（GiB）；0 表示与镜像相同'), wholeNumberOrNone(t))
  .option('--data-disk <gib>', t('second disk in GiB, kept when the system disk is thrown away; it can grow; 0: none', '数据盘大小（GiB），系统盘丢弃时保留，可增大；0 表示没有'), wholeNumberOrNone(t))
  .option('--node <node>', t('only on this node, by id or name; "any": anywhere', '只在此节点上（id 或名称）；any 表示任意'))
  .option('--cluster <cluster>', t('only in this cluster, by id or name; "any": anywhere', '只在此集群中（id 或名称）；any 表示任意'))
  .option('--owner-group <path>', t('only on hosts of this group and below, or of none, e.g. school.lab-2; a local desktop: offered to the PCs of this group and below; "any": to all', '仅在此组及其下级或无所属组的主机上，例如 school.lab-2；本地桌面：提供给此组及其下级的电脑；any 表示全部'))
  .addOption(new Option('--access <how>', t('how people get to it: all, console (its screen alone, no port is opened) or services (no screen)', '访问方式：all、console（仅屏幕，不开放端口）或 services（不开放屏幕）')).choices(ACCESS_MODES))
  .addOption(new Option('--boot-from <what>', t('what it looks for a system on first: disk, or network (PXE)', '首先从何处启动：disk 或 network（PXE）')).choices(BOOT_FROM))
  .option('--boot-menu <seconds>', t('how long its firmware shows what to start from; 0: not at all', '固件显示启动菜单的秒数；0 表示不显示'), wholeNumberOrNone(t))
  .option('--clipboard', t('copy texts over its screen (needs spice-vdagent in it; such a machine cannot be suspended)', '通过屏幕复制文本（机器内须有 spice-vdagent；此类机器不能挂起）'))
  .option('--no-clipboard', t('without that', '不使用剪贴板'))
  .addOption(new Option('--metrics <on|off>', t('whether the load of the guest is kept and shown', '是否保留并显示机器的负载')).choices(['on', 'off']))
  .addOption(new Option('--placement <policy>', t('how its node is chosen; cluster: as its cluster does', '如何选择节点；cluster 表示按集群的策略')).choices([...PLACEMENT_POLICIES, 'cluster']))
  .addOption(new Option('--ha <on|off>', t('high availability (kept, obeyed by nothing yet)', '高可用（仅保存，尚未生效）')).choices(['on', 'off']))
  .option('--scale <min-max>', t('between how many copies a service may have, e.g. 1-4; "none" (kept, obeyed by nothing yet)', '服务的副本数范围，例如 1-4；none 表示没有（仅保存，尚未生效）'), scale(t))
  .option('--description <text>', t('what it is for', '说明'))
  .option('--nic <card>', t('network card: auto, nat (behind its node) or bridge (an address of its own), with ,ip=… and ,mac=… if wanted; may be given again', '网卡：auto、nat（经节点转发）或 bridge（独立地址），可加 ,ip=… 和 ,mac=…；可重复给出'), nic(t))
  .option('--service <name:port>', t('what it offers outside, like web:80 or dns:53/udp; "none": nothing; may be given again', '对外提供的服务，如 web:80 或 dns:53/udp；none 表示没有；可重复给出'), service(t))
  .option('--hostname <name>', t('its host name, told to it at its first start (cloud-init)', '主机名，首次启动时告知（cloud-init）'))
  .option('--guest-user <name>', t("account in the guest that password and keys are for (default: the image's own)", '密码与密钥所属的机器内账户（默认：镜像自带的账户）'))
  .option('--password-file <file>', t('its password, from the first line of this file; "-": standard input', '密码，取自此文件的第一行；- 表示标准输入'))
  .option('--ssh-key <file>', t('file of public SSH keys, one a line; may be given again', 'SSH 公钥文件，每行一个；可重复给出'), (file: string, before: string[] = []) => [...before, file])
  .option('--user-data <file>', t('script or #cloud-config for its first start, up to 64 KiB', '首次启动时的脚本或 #cloud-config，最大 64 KiB'))
  .option('--stop-after <time>', t('shut it down so long after each start (2h, 90m)', '每次启动后经过此时长自动关机（2h、90m）'), duration(t))
  .option('--stop-at <when>', t('shut it down at this time of these days, e.g. mon,tue,fri@18:00; may be given again', '在这些日子的此时刻自动关机，例如 mon,tue,fri@18:00；可重复给出'), (when: string, before: string[] = []) => [...before, when])
  .option('--stop-idle <time>', t('shut it down when nobody has used it for so long (30m): nobody at its screen, its processors idle, and hardly anything sent into the network', '无人使用达到此时长后自动关机（30m）：无人操作屏幕，处理器空闲，且几乎不向网络发送数据'), duration(t))
  .option('--idle-cpu <percent>', t('below how much work it counts as idle, in percent of one processor (default: 5)', '占用低于单个处理器的此百分比视为空闲（默认 5）'), wholeNumber(t))
  .option('--zone <zone>', t('time zone of --stop-at, e.g. Asia/Shanghai (default: of this machine)', '--stop-at 的时区，例如 Asia/Shanghai（默认：本机）'))
  .option('--warn <time>', t('how long before it is told (default: 10m)', '提前多久提醒（默认 10m）'), duration(t))
  .option('--no-auto-stop', t('it does not shut down by itself', '不自动关机'))
  .option('--no-cloud-init', t('tell it nothing at its first start', '首次启动时不告知任何内容'));

type Reader = Pick<Cli, 'readStdin' | 't'>;

/** Secrets come from files, never from the command line: that everybody on the machine can read. */
async function cloudInitBody(o: DefinitionOptions, cli: Reader): Promise<{ cloudInit?: CloudInit | null }> {
  if (o.cloudInit === false) return { cloudInit: null };
  const read = async (file: string): Promise<string> => {
    if (file === '-') return (await cli.readStdin()) ?? '';
    try {
      return await readFile(file, 'utf8');
    } catch (e) {
      throw isLocalTrouble(e) ? localFileFailure(cli.t, file, e as NodeJS.ErrnoException) : e;
    }
  };
  const keys = await Promise.all((o.sshKey ?? []).map(read));
  const told: CloudInit = {
    ...(o.hostname === undefined ? {} : { hostname: o.hostname }), ...(o.guestUser === undefined ? {} : { user: o.guestUser }),
    ...(o.passwordFile === undefined ? {} : { password: (await read(o.passwordFile)).split(/\r?\n/, 1)[0] ?? '' }),
    ...(o.sshKey === undefined ? {} : { sshKeys: keys.flatMap((text) => text.split(/\r?\n/)).filter((line) => line.trim() !== '' && !line.startsWith('#')) }),
    ...(o.userData === undefined ? {} : { userData: await read(o.userData) }),
  };
  return Object.keys(told).length > 0 ? { cloudInit: told } : {};
}

function nic(t: Translate) {
  return (text: string, before: object[] = []): object[] => {
    const [mode, ...more] = text.split(',');
    const asked = Object.fromEntries(more.map((part) => part.split(/=(.*)/s, 2)));
    if (!/^(auto|nat|bridge)$/.test(mode ?? '') || Object.keys(asked).some((key) => key !== 'ip' && key !== 'mac')) throw new InvalidArgumentError(t('a card looks like bridge or bridge,ip=10.20.0.5,mac=52:54:00:00:00:01', '网卡的写法：bridge 或 bridge,ip=10.20.0.5,mac=52:54:00:00:00:01'));
    return [...before, { mode, ...asked }];
  };
}

function service(t: Translate) {
  return (text: string, before: object[] = []): object[] => {
    if (text === 'none') return before;
    const found = /^([^:]+):(\d+)(?:\/(tcp|udp))?$/.exec(text);
    if (!found) throw new InvalidArgumentError(t('a service looks like web:80 or dns:53/udp', '服务的写法：web:80 或 dns:53/udp'));
    return [...before, { name: found[1], port: Number(found[2]), protocol: found[3] ?? 'tcp' }];
  };
}

function scale(t: Translate) {
  return (text: string): { min: number; max: number } | 'none' => {
    if (text === 'none') return text;
    const found = /^(\d{1,4})-(\d{1,4})$/.exec(text);
    if (!found) throw new InvalidArgumentError(t('it looks like 1-4', '写法：1-4'));
    return { min: Number(found[1]), max: Number(found[2]) };
  };
}

/** How it is reached, started and watched. */
const runtimeBody = (o: DefinitionOptions): Record<string, unknown> => ({
  ...(o.access === undefined ? {} : { accessMode: o.access }), ...(o.metrics === undefined ? {} : { metrics: o.metrics === 'on' }), ...(o.placement === undefined ? {} : { placementPolicy: o.placement === 'cluster' ? null : o.placement }),
  ...(o.bootFrom === undefined && o.bootMenu === undefined && o.clipboard === undefined ? {} : { startup: { ...(o.bootFrom === undefined ? {} : { bootFrom: o.bootFrom }), ...(o.bootMenu === undefined ? {} : { bootMenuSeconds: o.bootMenu }), ...(o.clipboard === undefined ? {} : { clipboard: o.clipboard }) } }),
  ...(o.ha === undefined ? {} : { highAvailability: o.ha === 'on' }), ...(o.scale === undefined ? {} : { scale: o.scale === 'none' ? null : o.scale }),
});

const pin = (name: string): string | null => (name === 'any' ? null : name);

const minutes = (ms: number): number => Math.round(ms / 60_000);
/** The cloud says what is wrong with a time. */
function autoStopBody(o: DefinitionOptions): Record<string, unknown> {
  if (o.autoStop === false) return { autoStop: null };
  if (o.stopAfter === undefined && o.stopIdle === undefined && o.idleCpu === undefined && o.stopAt === undefined) return {};
  const at = (o.stopAt ?? []).map((when) => ({ days: when.split('@', 1)[0]?.split(',') ?? [], time: when.slice(when.indexOf('@') + 1) }));
  return { autoStop: { ...(o.stopAfter === undefined ? {} : { afterMinutes: minutes(o.stopAfter) }), ...(o.stopIdle === undefined ? {} : { idleMinutes: minutes(o.stopIdle) }), ...(o.idleCpu === undefined ? {} : { idleCpuPercent: o.idleCpu }), at, zone: o.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone, ...(o.warn === undefined ? {} : { warnMinutes: minutes(o.warn) }) } };
}

/** What was given, as the cloud wants it; files that were named are read. */
export const definitionBody = async (o: DefinitionOptions, cli: Reader): Promise<Record<string, unknown>> => ({
  ...(o.imageVersion === undefined ? {} : { imageVersion: o.imageVersion }), ...(o.lifetime === undefined ? {} : { lifetime: o.lifetime }), ...(o.type === undefined ? {} : { vmType: o.type }),
  ...(o.memory === undefined ? {} : { memoryMiB: Math.round(o.memory / 1024 ** 2) }), ...(o.cpus === undefined ? {} : { cpus: o.cpus }),
  ...(o.disk === undefined ? {} : { diskGiB: o.disk }), ...(o.dataDisk === undefined ? {} : { dataDiskGiB: o.dataDisk }),
  ...(o.node === undefined ? {} : { node: pin(o.node) }), ...(o.cluster === undefined ? {} : { cluster: pin(o.cluster) }), ...(o.ownerGroup === undefined ? {} : { ownerGroup: pin(o.ownerGroup) }), ...(o.description === undefined ? {} : { description: o.description }), ...autoStopBody(o), ...runtimeBody(o),
  ...(o.nic === undefined ? {} : { nics: o.nic }), ...(o.service === undefined ? {} : { services: o.service }), ...(await cloudInitBody(o, cli)),
});
