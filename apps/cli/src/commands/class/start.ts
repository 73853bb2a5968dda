// `edu class start IMAGE --count N --name 'pc-{n}'`
import { Option, type Command } from 'commander';
import { BATCH_MOST, InstanceKind, type BatchView } from '@educloud/contracts';
import { followBatch, showBatch } from '../../batch-wait.ts';
import { connect, examples, type Cli } from '../../cli.ts';
import { duration, goesOnHelp, wholeNumber } from '../../values.ts';
import { definitionBody, withDefinition, type DefinitionOptions } from '../instance/definition.ts';

interface StartOptions extends DefinitionOptions { count: number; name: string; kind?: string; wait: boolean; timeout?: number }

export function addClassStart(parent: Command, cli: Cli): void {
  const { t } = cli;
  const command = parent.command('start').description(t('Define so many machines alike and start them all. Their disks are thrown away when they stop, unless --lifetime says otherwise.', '定义一批相同的机器并全部启动。除非用 --lifetime 另行指定，关机时丢弃磁盘。'))
    .argument('<image>', t('image, by id or name', '镜像，id 或名称'))
    .requiredOption('--count <n>', t(`how many (at most ${BATCH_MOST})`, `数量（最多 ${BATCH_MOST}）`), wholeNumber(t))
    .requiredOption('--name <pattern>', t('their names: {n} becomes the number of each', '名称：{n} 会替换为各自的编号'))
    .addOption(new Option('--kind <kind>', t('vs: a server; rvd: a desktop seen from afar (default: by the image)', 'vs：服务器；rvd：远程桌面（默认取决于镜像）')).choices(InstanceKind.options))
    .addOption(new Option('--wait').default(true).hideHelp())
    .option('--no-wait', t('do not follow it until all run', '不等待全部启动'))
    .option('--timeout <time>', goesOnHelp(t), duration(t))
    .addHelpText('after', examples(cli, "edu class start ubuntu --count 40 --name 'pc-{n}'", "edu class start win11 --count 25 --name 'exam-{n}' --lifetime assigned --type large"));
  withDefinition(command, t).action(async (image: string, options: StartOptions, c: Command) => {
    const { api, out } = connect(cli, c);
    const { id: imageId } = await api.image(image);
    const definition = { name: options.name, imageId, ...(options.kind ? { kind: options.kind } : {}), lifetime: 'temporary', ...(await definitionBody(options, cli)) };
    const batch = await api.post<BatchView>('/batches', { action: 'define-and-run', count: options.count, definition });
    if (options.wait) await followBatch(api, { id: batch.id, timeoutMs: options.timeout ?? null, out, t });
    else showBatch(batch, out, t);
  });
}
