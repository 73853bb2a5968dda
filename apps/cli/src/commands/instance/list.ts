// `edu instance list`
import { Option, type Command } from 'commander';
import { INSTANCE_STATUSES, InstanceKind, type DaemonView, type InstanceView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { imageNames } from '../../image-names.ts';
import { standOf } from '../../instance-wait.ts';
import { nameOf } from '../../language.ts';
import { humanTime } from '../../output.ts';

interface Filter { status?: string; kind?: string; owner?: string; image?: string; node?: string }

export function addInstanceList(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('list').description(t('List instances: your own, for administrators all of them.', '列出实例：自己的；管理员可见全部。'))
    .addOption(new Option('--status <status>', t('only those in this state', '只列出此状态的')).choices(INSTANCE_STATUSES))
    .addOption(new Option('--kind <kind>', t('only of this kind', '只列出此类型的')).choices(InstanceKind.options))
    .option('--owner <user>', t('only of this user (for administrators)', '只列出此用户的（仅限管理员）'))
    .option('--image <image>', t('only of this image, by id or name', '只列出此镜像的，id 或名称'))
    .option('--node <node>', t('only on this node, by id or name', '只列出此节点上的，id 或名称'))
    .addHelpText('after', examples(cli, 'edu instance list', 'edu instance list --status ERROR', 'edu instance list --image win11 --output json'))
    .action(async (options: Filter, command: Command) => {
      const { api, out } = connect(cli, command);
      const image = options.image === undefined ? undefined : (await api.image(options.image)).id;
      const node = options.node === undefined ? undefined : (await api.get<DaemonView>(`/nodes/${encodeURIComponent(options.node)}`)).id;
      const query = new URLSearchParams(Object.entries({ ...options, image, node }).filter((entry): entry is [string, string] => entry[1] !== undefined)).toString();
      const [instances, imageOf] = await Promise.all([api.list<InstanceView>(`/instances${query === '' ? '' : `?${query}`}`), imageNames(api, out)]);
      out.list(instances, [
        ['ID', (i) => i.id], [t('NAME', '名称'), (i) => i.name], [t('KIND', '类型'), (i) => (t.language === 'en' ? i.kind : nameOf(t, 'insKind', i.kind))], [t('LIFETIME', '生命周期'), (i) => (t.language === 'en' ? i.lifetime : nameOf(t, 'lifetime', i.lifetime))],
        [t('STATE', '状态'), (i) => standOf(t, i)], [t('NODE', '节点'), (i) => i.nodeName], [t('IMAGE', '镜像'), (i) => imageOf(i.imageId) + (i.imageVersion === 'latest' ? '' : ` v${i.imageVersion}`)], [t('OWNER', '所有者'), (i) => i.owner], [t('UPDATED', '更新时间'), (i) => humanTime(i.updatedAt)],
      ]);
    });
}
