// `edu instance show ID`
import type { Command } from 'commander';
import type { InstanceView, LocalHostView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { nameOf, told } from '../../language.ts';
import { humanTime } from '../../output.ts';
import { showInstance } from './columns.ts';

export function addInstanceShow(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('show').description(t('Show one instance with what was done with it.', '显示一个实例及其经过。'))
    .argument('<id>', t('id or unique name', '实例 id 或唯一的名称'))
    .addHelpText('after', examples(cli, 'edu instance show desk-1', 'edu instance show ins-1a2b3c4d --output yaml'))
    .action(async (given: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      const id = await api.instance(given);
      const view = await api.get<InstanceView>(`/instances/${id}`);
      await showInstance(api, view, out, t);
      if (out.form !== 'table') return;
      const hosts = view.kind === 'lvd' ? await api.list<LocalHostView>(`/instances/${id}/hosts`) : [];
      if (hosts.length > 0) {
        cli.stdout.write('\n');
        out.list(hosts, [
          [t('HOST', '电脑'), (h) => h.hostName], [t('STATE', '状态'), (h) => nameOf(t, 'localState', h.state)], [t('VERSION HERE', '本机版本'), (h) => (h.synced === null ? (h.syncing === null ? null : `${h.syncing}%`) : `v${h.synced}`)], [t('USER', '用户'), (h) => h.user],
          [t('STARTED', '启动时间'), (h) => h.startedAt && humanTime(h.startedAt)], [t('SAID', '上报时间'), (h) => humanTime(h.at)],
        ]);
      }
      const jobs = view.plans.flatMap((p) => p.jobs.filter((j) => j.attempt > 0).map((j) => ({ ...j, step: p.step })));
      if (jobs.length > 0) {
        cli.stdout.write('\n');
        out.list(jobs, [
          [t('ACTION', '操作'), (j) => nameOf(t, 'action', j.step)], [t('JOB', '作业'), (j) => nameOf(t, 'job', j.name)], [t('WHO', '执行者'), (j) => nameOf(t, 'role', j.role)], [t('STATE', '状态'), (j) => nameOf(t, 'jobState', j.state)],
          [t('TOOK', '耗时'), (j) => (j.startedAt && j.endedAt ? `${((j.endedAt - j.startedAt) / 1000).toFixed(1)} ${t('s', '秒')}` : null)], [t('ERROR', '错误'), (j) => j.error && told(t, j.error.why, j.error.message)],
        ]);
      }
    });
}
