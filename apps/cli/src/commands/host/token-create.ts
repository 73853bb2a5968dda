// `edu host token create`: a one-use token with which a new daemon joins.
import { Option, type Command } from 'commander';
import type { JoinTokenView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { nameOf } from '../../language.ts';
import { humanTime } from '../../output.ts';
import { duration } from '../../values.ts';

export function addHostTokenCreate(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('create').description(t('Make a one-use join token.', '生成一次性加入令牌。'))
    .addOption(new Option('--role <role>', t('what joins', '加入的角色')).choices(['walrus', 'sc', 'cc', 'nc']).makeOptionMandatory())
    .option('--name <name>', t('only a daemon of this name', '仅限此名称的服务'))
    .addOption(new Option('--ttl <time>', t('valid for (1m to 24h)', '有效期（1m 至 24h）')).argParser(duration(t)).default(3_600_000, '1h'))
    .addHelpText('after', examples(cli, 'edu host token create --role nc', 'edu host token create --role cc --name room1 --ttl 10m --output json'))
    .action(async (options: { role: string; name?: string; ttl: number }, command: Command) => {
      const { api, out } = connect(cli, command);
      const token = await api.post<JoinTokenView>('/nodes/tokens', { role: options.role, ...(options.name ? { name: options.name } : {}), ttlSeconds: Math.round(options.ttl / 1000) });
      out.one(token, [[t('token', '令牌'), token.token], [t('role', '角色'), nameOf(t, 'role', token.role)], [t('name', '名称'), token.name], [t('until', '有效期至'), humanTime(token.expiresAt)]]);
    });
}
