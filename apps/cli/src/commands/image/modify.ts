// `edu image modify SRC`: begins a new version of the same image.
import type { Command } from 'commander';
import type { TaskView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { buildBody, showBegun, withBuildOptions, type BuildOptions } from './begin.ts';

export function addImageModify(parent: Command, cli: Cli): void {
  const { t } = cli;
  const command = parent.command('modify').description(t('Begin a new version of an image.', '开始制作镜像的新版本。'))
    .argument('<image>', t('id or unique name', 'id 或唯一的名称'))
    .addHelpText('after', examples(cli, 'edu image modify img-1a2b3c4d', 'edu image modify "Debian 12" --memory 2G --cpus 2'));
  withBuildOptions(command, t).action(async (idOrName: string, o: BuildOptions, c: Command) => {
    const { api, out } = connect(cli, c);
    const src = await api.image(idOrName);
    showBegun(await api.post<TaskView>(`/image/modify/task/begin/${src.id}`, buildBody(o)), out, t);
  });
}
