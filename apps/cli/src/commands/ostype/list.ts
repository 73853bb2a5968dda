// `edu ostype list`
import type { Command } from 'commander';
import { shippedText, type OsTypeView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { clockWords } from './columns.ts';

export function addOsTypeList(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('list').description(t('List OS types.', '列出系统类型。'))
    .addHelpText('after', examples(cli, 'edu ostype list', 'edu ostype list -o json'))
    .action(async (_options, command: Command) => {
      const { api, out } = connect(cli, command);
      out.list(await api.list<OsTypeView>('/ostypes'), [
        [t('NAME', '名称'), (o) => o.name], [t('TITLE', '标题'), (o) => shippedText(o.title, t.language)], [t('DISK', '磁盘'), (o) => o.diskBus], [t('NETWORK', '网卡'), (o) => o.nicModel], [t('VIDEO', '显卡'), (o) => o.video],
        [t('SOUND', '声卡'), (o) => o.audio], [t('CLOCK', '时钟'), (o) => clockWords(t, o.localtime)], [t('VM TYPE', '虚拟机类型'), (o) => o.defaultVmType],
      ]);
    });
}
