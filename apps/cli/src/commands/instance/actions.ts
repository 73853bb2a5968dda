// `edu instance run|stop|reboot|pause|unpause|suspend|resume|reset|delete ID`: one request each; they differ only in name and meaning. Some take several ids.
import type { Command } from 'commander';
import type { InstanceAction, InstanceView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { waitForInstance } from '../../instance-wait.ts';
import { nameOf } from '../../language.ts';
import { duration, goesOnHelp } from '../../values.ts';
import { showInstance } from './columns.ts';
import { actOnSeveral } from './several.ts';

const SEVERAL = ['run', 'stop', 'delete'] as const;
const takesSeveral = (action: InstanceAction): action is (typeof SEVERAL)[number] => SEVERAL.some((each) => each === action);

interface ActionOptions { wait?: boolean; timeout?: number; grace?: number; force?: boolean; data?: boolean; by?: number }

export function addInstanceActions(parent: Command, cli: Cli): void {
  const { t } = cli;
  const actions: [Exclude<InstanceAction, 'modify'>, string][] = [
    ['run', t('Run it: place it and make its disk if it has none, then start it.', '启动：若还没有磁盘，先选择节点并创建磁盘。')],
    ['stop', t('Shut it down; forced after the grace time. A temporary one loses its disk.', '关机；超过宽限时间则强制。临时实例的磁盘会被丢弃。')],
    ['reboot', t('Restart it: off within the grace time, else by force, and on again.', '重启：在宽限时间内关机，否则强制，然后再启动。')],
    ['pause', t('Pause it: it stays in memory and does nothing.', '暂停：保留在内存中，不执行任何操作。')],
    ['unpause', t('Let it go on.', '继续运行。')],
    ['suspend', t('Save its memory to disk; CPU and memory are free for others meanwhile.', '挂起：把内存内容保存到磁盘，期间处理器和内存可供他人使用。')],
    ['resume', t('Let a suspended one go on where it was.', '恢复运行：从挂起处继续。')],
    ['extend', t('Put off that it shuts down by itself.', '推迟自动关机。')],
    ['reset', t('Throw its disk away; what was on it is lost. The next run makes it anew from the image.', '丢弃它的磁盘，其中的内容将丢失；下次启动时由镜像重新创建。')],
    ['delete', t('Delete it with its disk, whatever is under way.', '删除实例及其磁盘，无论正在进行什么。')],
  ];
  for (const [action, meaning] of actions) {
    const command = parent.command(action).description(meaning)
      .argument(takesSeveral(action) ? '<id...>' : '<id>', takesSeveral(action) ? t('ids or unique names', '实例 id 或唯一的名称，可多个') : t('id or unique name', '实例 id 或唯一的名称'))
      .option('--wait', t('follow it until it has ended', '等待其结束并显示进度'))
      .option('--timeout <time>', goesOnHelp(t), duration(t))
      .addHelpText('after', examples(cli, `edu instance ${action} desk-1 --wait`, ...(takesSeveral(action) ? [`edu instance ${action} desk-1 desk-2 ins-5e6f7a8b --wait`] : [])));
    const hasGrace = action === 'stop' || action === 'reboot';
    if (hasGrace) command.option('--grace <time>', t('time for a clean shutdown (90 or 90s, 5m)', '正常关机的宽限时间（90 或 90s、5m）'), duration(t)).option('--force', t('power off at once', '立即断电'));
    if (action === 'extend') command.option('--by <time>', t('by how long (default: 1h)', '推迟多久（默认 1h）'), duration(t));
    if (action === 'reset') command.option('--data', t('its data disk too', '数据盘也一并丢弃'));
    command.action(async (given: string | string[], options: ActionOptions, c: Command) => {
      const { api, out } = connect(cli, c);
      const body = hasGrace ? { ...(options.grace === undefined ? {} : { graceSeconds: Math.round(options.grace / 1000) }), ...(options.force ? { force: true } : {}) } : options.data ? { data: true } : options.by !== undefined ? { minutes: Math.max(1, Math.round(options.by / 60_000)) } : {};
      const [id, ...others] = (await Promise.all([given].flat().map((one) => api.instance(one)))) as [string, ...string[]];
      if (takesSeveral(action) && others.length > 0) return actOnSeveral(api, { action, ids: [id, ...others], body, options, out, t });
      if (action === 'delete') await api.remove(`/instances/${id}`);
      else await api.post(`/instances/${id}/${action}`, body);
      if (!options.wait) return out.one({ id, action, accepted: true }, [[t('instance', '实例'), id], [t('accepted', '已接受'), nameOf(t, 'action', action)], [t('next', '下一步'), `edu instance show ${id}`]]);
      const ended: InstanceView | null = await waitForInstance(api, { id, action, timeoutMs: options.timeout ?? null, out, t });
      if (ended) await showInstance(api, ended, out, t);
    });
  }
}
