// `edu image versions`
import type { Command } from 'commander';
import type { ImageVersionView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { imageNames } from '../../image-names.ts';
import { nameOf, told } from '../../language.ts';
import { humanBytes, humanTime } from '../../output.ts';

export function addImageVersions(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('versions').description(t('List the versions of an image.', '列出镜像的各个版本。'))
    .argument('<image>', t('id or unique name', 'id 或唯一的名称'))
    .addHelpText('after', examples(cli, 'edu image versions img-1a2b3c4d'))
    .action(async (idOrName: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      const { id } = await api.image(idOrName);
      const [versions, imageOf] = await Promise.all([api.list<ImageVersionView>(`/images/${id}/versions`), imageNames(api, out)]);
      out.list(versions, [[t('VERSION', '版本'), (v) => v.version], [t('STATE', '状态'), (v) => nameOf(t, 'version', v.state)], [t('SIZE', '大小'), (v) => humanBytes(v.sizeBytes)], [t('FORMAT', '格式'), (v) => v.format], [t('PARENT', '父版本'), (v) => (v.parent ? `${imageOf(v.parent.imageId)} v${v.parent.version}` : null)], [t('CREATED', '创建'), (v) => `${humanTime(v.createdAt)} ${v.createdBy}`], ['SHA256', (v) => v.sha256], [t('ERROR', '错误'), (v) => v.error && told(t, v.why, v.error)]]);
    });
}
