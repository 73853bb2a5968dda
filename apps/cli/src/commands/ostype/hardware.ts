// What `edu ostype create` and `edu ostype set` share: the options, and the request they make.
import { Option, type Command } from 'commander';
import { GuestHardware } from '@educloud/contracts';
import type { Translate } from '../../language.ts';

export interface HardwareOptions { title?: string; diskBus?: string; nic?: string; video?: string; audio?: string; clock?: 'utc' | 'local'; vmType?: string }

const { diskBus, nicModel, video, audio } = GuestHardware.shape;

export const withHardware = (command: Command, t: Translate): Command => command
  .option('--title <text>', t('what people read', '显示的标题'))
  .addOption(new Option('--disk-bus <bus>', t('how disks are attached', '磁盘总线')).choices(diskBus.options))
  .addOption(new Option('--nic <model>', t('network card', '网卡')).choices(nicModel.options))
  .addOption(new Option('--video <model>', t('graphics card', '显卡')).choices(video.options))
  .addOption(new Option('--audio <model>', t('sound card', '声卡')).choices(audio.options))
  .addOption(new Option('--clock <clock>', t('what the hardware clock shows', '硬件时钟的时间')).choices(['utc', 'local']))
  .option('--vm-type <type>', t('size of a machine when nobody gives another (see edu vmtype list)', '默认的虚拟机类型（查看 edu vmtype list）'));

export const hardwareBody = (o: HardwareOptions): Record<string, unknown> => ({
  ...(o.title === undefined ? {} : { title: o.title }), ...(o.diskBus ? { diskBus: o.diskBus } : {}), ...(o.nic ? { nicModel: o.nic } : {}), ...(o.video ? { video: o.video } : {}),
  ...(o.audio ? { audio: o.audio } : {}), ...(o.clock ? { localtime: o.clock === 'local' } : {}), ...(o.vmType ? { defaultVmType: o.vmType } : {}),
});
