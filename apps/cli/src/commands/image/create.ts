// `edu image create SRC --name N` and `edu image create --blank SIZE --iso ISO --name N`: begins the build of a new image.
import { Option, type Command } from 'commander';
import type { TaskView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { EXIT } from '../../exit-codes.ts';
import { CliFailure } from '../../failure.ts';
import { bytes } from '../../values.ts';
import { buildBody, showBegun, withBuildOptions, type BuildOptions } from './begin.ts';

interface CreateOptions extends BuildOptions { name: string; description?: string; usage?: string; ostype?: string; blank?: number; iso?: string }

export function addImageCreate(parent: Command, cli: Cli): void {
  const { t } = cli;
  const command = parent.command('create').description(t('Begin a new image: from another image, or empty with an installation medium.', '开始制作新镜像：基于已有镜像，或用安装介质从空白磁盘开始。'))
    .argument('[source]', t('image to start from (id or unique name)', '源镜像（id 或唯一的名称）'))
    .requiredOption('--name <name>', t('name of the new image', '新镜像的名称'))
    .option('--description <text>', t('what it is for', '说明'))
    .addOption(new Option('--usage <usage>', t('what it will be used for', '用途')).choices(['desktop', 'server']))
    .option('--ostype <type>', t('kind of guest system (see edu ostype list; default: that of the source)', '系统类型（查看 edu ostype list；默认与源相同）'))
    .option('--blank <size>', t('begin with an empty disk of this size', '使用此大小的空白磁盘'), bytes(t))
    .option('--iso <medium>', t('installation medium (an uploaded ISO, id or name)', '安装介质（已上传的 ISO，id 或名称）'))
    .addHelpText('after', examples(cli, 'edu image create "Debian 12" --name "Debian 12 with R"', 'edu image create --blank 40G --iso windows.iso --ostype windows --name "Windows 11" --memory 4G'));
  withBuildOptions(command, t).action(async (source: string | undefined, o: CreateOptions, c: Command) => {
    if ((o.blank === undefined) !== (o.iso === undefined) || (source === undefined) === (o.iso === undefined)) {
      throw new CliFailure(EXIT.usage, t, { code: 'USAGE', what: t('give either a source image, or --blank with --iso', '请给出源镜像，或同时使用 --blank 与 --iso'), action: 'edu image create --help' });
    }
    const { api, out } = connect(cli, c);
    const src = await api.image(source ?? o.iso!);
    const task = await api.post<TaskView>(`/image/create/task/begin/${src.id}`, {
      name: o.name, ...(o.description ? { description: o.description } : {}), ...(o.usage ? { usage: o.usage } : {}), ...(o.ostype ? { ostype: o.ostype } : {}),
      ...(o.blank ? { blankBytes: o.blank } : {}), ...buildBody(o),
    });
    showBegun(task, out, t);
  });
}
