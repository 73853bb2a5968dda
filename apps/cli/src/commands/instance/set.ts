// `edu instance set ID …`
import type { Command } from 'commander';
import type { InstanceView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { EXIT } from '../../exit-codes.ts';
import { CliFailure } from '../../failure.ts';
import { showInstance } from './columns.ts';
import { definitionBody, withDefinition, type DefinitionOptions } from './definition.ts';

export function addInstanceSet(parent: Command, cli: Cli): void {
  const { t } = cli;
  const command = parent.command('set').alias('modify').description(t('Change an instance that does not run; sizes and pins count from its next run on.', '更改未运行的实例；规格与位置从下次启动起生效。'))
    .argument('<id>', t('id or unique name', '实例 id 或唯一的名称'))
    .option('--name <name>', t('another name', '新名称'))
    .addHelpText('after', examples(cli, 'edu instance set desk-1 --memory 4G --cpus 2', 'edu instance set ins-1a2b3c4d --service ssh:22 --service web:80', 'edu instance set ins-1a2b3c4d --node any --image-version latest'));
  withDefinition(command, t).action(async (given: string, options: DefinitionOptions & { name?: string }, c: Command) => {
    const body = { ...(options.name === undefined ? {} : { name: options.name }), ...(await definitionBody(options, cli)) };
    if (Object.keys(body).length === 0) throw new CliFailure(EXIT.usage, t, { code: 'USAGE', what: t('say what to change', '请给出要更改的内容'), action: 'edu instance set --help' });
    const { api, out } = connect(cli, c);
    await showInstance(api, await api.patch<InstanceView>(`/instances/${await api.instance(given)}`, body), out, t);
  });
}
