// Carries one image through upload, begin, prepare, run, stop and submit with `edu`, each step with its progress bar.
import { stat } from 'node:fs/promises';
import type { ImageView, Step, TaskView } from '@educloud/contracts';
import { hashFile } from '@educloud/images';
import type { Edu } from './edu.ts';

const SOURCE = 'Tiny Linux';
type Say = (english: string, chinese: string) => void;

const STEPS: ReadonlyArray<[step: Step, english: string, chinese: string]> = [
  ['prepare', 'Preparing: image to the node, disk cloned', '准备：镜像传到节点并克隆磁盘'],
  ['run', 'Editing: the guest runs', '编辑：虚拟机运行'],
  ['stop', 'Editing: the guest shuts down by itself once it has booted', '编辑：虚拟机启动完成后自行关机'],
  ['submit', 'Submitting: the edited disk becomes a new image', '提交：编辑后的磁盘成为新镜像'],
];

export async function buildImage(edu: Edu, file: string, say: Say): Promise<TaskView> {
  say('Uploading the image', '上传镜像');
  const source = await uploaded(edu, file);
  say('Beginning a new image from it', '开始制作新镜像');
  const { tid } = await edu.asks<TaskView>(['image', 'create', source, '--name', `${SOURCE}, edited ${new Date().toISOString().slice(0, 19).replace('T', ' ')}`]);
  console.log(`tid ${tid}`);
  for (const [step, english, chinese] of STEPS) {
    say(english, chinese);
    await edu.does(['task', step, tid, '--wait']);
  }
  return edu.asks<TaskView>(['task', 'show', tid]);
}

/** A second quickstart finds the same bytes there already. */
async function uploaded(edu: Edu, file: string): Promise<string> {
  const sha256 = await hashFile(file, { sizeBytes: (await stat(file)).size });
  const find = async (): Promise<string | undefined> => (await edu.asks<ImageView[]>(['image', 'list'])).find((image) => image.latest?.sha256 === sha256)?.id;
  const there = await find();
  if (there) {
    console.log(`${there} holds the same bytes already · 已存在相同内容的镜像`);
    return there;
  }
  await edu.does(['image', 'upload', file, '--name', SOURCE, '--ostype', 'linux', '--usage', 'server']);
  const id = await find();
  if (!id) throw new Error(`the image that was uploaded is not listed · 找不到刚上传的镜像: ${file}`);
  return id;
}
