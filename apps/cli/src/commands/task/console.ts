// `edu task console TID`: a one-use address of the guest's screen, for a VNC client that speaks WebSocket.
import type { Command } from 'commander';
import type { ConsoleGrant } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { humanTime } from '../../output.ts';
import { taskAddress, type TaskAddress } from '../../values.ts';

export function addTaskConsole(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('console').description(t("Print a one-use address of the guest's screen.", '输出虚拟机屏幕的一次性地址。'))
    .argument('<tid>', t('task id', '任务 id'), taskAddress)
    .addHelpText('after', examples(cli, 'edu task console img-1a2b3c4d:img-5e6f7a8b:ins-9c0d1e2f'))
    .action(async (task: TaskAddress, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      const grant = await api.post<ConsoleGrant>(`/tasks/${encodeURIComponent(task.tid)}/console`);
      out.one(grant, [[t('address', '地址'), grant.url], [t('until', '有效期至'), humanTime(grant.expiresAt)]]);
    });
}
