// `edu instance define IMAGE --name NAME`
import { Option, type Command } from 'commander';
import { InstanceKind, type InstanceView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { showInstance } from './columns.ts';
import { definitionBody, withDefinition, type DefinitionOptions } from './definition.ts';

export function addInstanceDefine(parent: Command, cli: Cli): void {
  const { t } = cli;
  const command = parent.command('define').description(t('Define a virtual server or desktop from an image. Nothing runs yet.', '由镜像定义虚拟服务器或桌面，暂不启动。'))
    .argument('<image>', t('image, by id or name', '镜像，id 或名称'))
    .requiredOption('--name <name>', t('its name', '名称'))
    .addOption(new Option('--kind <kind>', t('vs: a server; rvd: a desktop seen from afar; lvd: a desktop that classroom PCs run themselves (default: by the image)', 'vs：服务器；rvd：远程桌面；lvd：教室电脑自行运行的本地桌面（默认取决于镜像）')).choices(InstanceKind.options))
    .addHelpText('after', examples(cli, 'edu instance define ubuntu --name web --type medium', 'edu instance define ubuntu --name web --nic bridge --service ssh:22 --service web:80', 'edu instance define win11 --name desk-7 --kind rvd --lifetime assigned', 'edu instance define ubuntu --name web --hostname web-1 --ssh-key ~/.ssh/id_ed25519.pub --user-data setup.sh', 'edu instance define win11 --name maths --kind lvd --lifetime assigned --owner-group school.lab-2', 'edu instance define img-1a2b3c4d --name db --memory 4G --cpus 2 --node node-3 -o json'));
  withDefinition(command, t).action(async (image: string, options: DefinitionOptions & { name: string; kind?: string }, c: Command) => {
    const { api, out } = connect(cli, c);
    const { id } = await api.image(image);
    await showInstance(api, await api.post<InstanceView>('/instances', { name: options.name, imageId: id, ...(options.kind ? { kind: options.kind } : {}), ...(await definitionBody(options, cli)) }), out, t);
  });
}
