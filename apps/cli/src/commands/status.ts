// `edu status`: is the cloud ready, which daemons are there, how many tasks.
import type { Command } from 'commander';
import type { CloudStatus } from '@educloud/contracts';
import { connect, examples, type Cli } from '../cli.ts';
import { nameOf, told } from '../language.ts';
import { daemonColumns } from './host/columns.ts';

export function addStatus(program: Command, cli: Cli): void {
  const { t } = cli;
  program.command('status')
    .description(t('Show the state of the cloud and of its daemons.', '显示云平台及其服务的状态。'))
    .addHelpText('after', examples(cli, 'edu status', 'edu status --output json'))
    .action(async (_options, command: Command) => {
      const { api, out } = connect(cli, command);
      const status = await api.get<CloudStatus>('/status');
      out.one(status, [
        [t('ready', '就绪'), status.ready ? t('yes', '是') : t(`no: ${status.reasons.join('; ')}`, `否：${status.reasons.map((reason, n) => told(t, status.whys?.[n], reason)).join('；')}`)],
        [t('version', '版本'), status.version], [t('mode', '模式'), nameOf(t, 'mode', status.mode) + (status.fake ? t(' (FAKE hypervisor: no real guests)', '（模拟虚拟机管理器：没有真实的机器）') : '')],
        [t('tasks', '任务'), t(`${status.tasks.active} active, ${status.tasks.stuck} stuck`, `${status.tasks.active} 个进行中，${status.tasks.stuck} 个卡住`)],
        [t('images', '镜像'), status.images],
        [t('orphans', '孤立资源'), t(`${status.orphans.due} go by themselves, ${status.orphans.kept} wait for you (edu orphan list)`, `${status.orphans.due} 个将自动清除，${status.orphans.kept} 个等待处理（edu orphan list）`)],
      ]);
      if (out.form !== 'table') return;
      cli.stdout.write('\n');
      out.list(status.daemons, daemonColumns(t));
      const more = (status.nodes?.all ?? 0) - status.daemons.filter((daemon) => daemon.role === 'nc').length;
      if (more > 0) cli.stdout.write(t(`and ${more} more nodes: edu host list\n`, `另有 ${more} 个节点：edu host list\n`));
    });
}
