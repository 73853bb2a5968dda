// What quickstart tells at the end, in English and Chinese.
import path from 'node:path';
import type { TaskView } from '@educloud/contracts';
import { ROOT } from '../build.ts';
import type { CloudJson } from '../cloud/start.ts';
import { DESKTOP } from './local-desktop.ts';

export interface Told {
  task: TaskView;
  cloud: Pick<CloudJson, 'clcUrl' | 'adminUser' | 'adminPassword'>;
  dir: string;
  /** By which `edu lvd` comes in; null: this computer plays no classroom PC. */
  lvdSocket: string | null;
  /** Why no guest really ran. */
  fakeBecause: string | null;
  /** How to stop it; null when it is being stopped. */
  down: string | null;
}

const STEP_NAMES: Record<string, string> = { prepare: 'preparing 准备', run: 'editing: run 编辑：启动', stop: 'editing: stop 编辑：关机', submit: 'submitting 提交' };

export function summary({ task, cloud, dir, lvdSocket, fakeBecause, down }: Told): string {
  const rows: Array<[string, string]> = [['task 任务 (tid)', task.tid]];
  for (const plan of task.plans) rows.push([STEP_NAMES[plan.step] ?? plan.step, plan.endedAt ? `${((plan.endedAt - plan.startedAt) / 1000).toFixed(1)} s` : '-']);
  rows.push(['new image 新镜像', task.result?.imageId ?? '-'], ['version 版本', String(task.result?.version ?? '-')], ['sha256', task.result?.sha256 ?? '-']);
  if (down) {
    const port = new URL(cloud.clcUrl).port;
    rows.push(['web page 网页', cloud.clcUrl], ['user 用户', cloud.adminUser], ['password 密码', cloud.adminPassword]);
    rows.push(['from elsewhere 远程访问', `ssh -L ${port}:127.0.0.1:${port} THIS-HOST`], ['command line 命令行', `EDU_CONFIG=${dir}/edu ${path.join(ROOT, 'tools/edu.sh')} status`], ...lvdRows(lvdSocket), ['stop it 停止', down]);
  }
  const head = fakeBecause
    ? [`An image was built on the FAKE hypervisor (${fakeBecause}): no guest really ran.`, `已在模拟虚拟机管理器上完成镜像制作（${fakeBecause}）：没有真正运行虚拟机。`]
    : ['A new image was built from a real guest.', '已用真实的虚拟机制作出新镜像。'];
  const stays = down ? ['The cloud stays up in the background.', '云平台继续在后台运行。'] : [];
  return ['', ...head, ...stays, '', ...aligned(rows)].join('\n');
}

function lvdRows(socket: string | null): Array<[string, string]> {
  if (socket === null) return [];
  const edu = path.join(ROOT, 'tools/edu.sh');
  return [['local desktop 本地桌面', `export EDU_LVD_SOCKET=${socket}`], ['', `${edu} lvd list`], ['', `${edu} lvd run ${DESKTOP} --wait`], ['', `${edu} lvd stop ${DESKTOP} --wait`]];
}

/** A Chinese character takes two columns. */
const width = (text: string): number => [...text].reduce((n, c) => n + (c > '⺀' ? 2 : 1), 0);

function aligned(rows: Array<[string, string]>): string[] {
  const widest = Math.max(...rows.map(([label]) => width(label)));
  return rows.map(([label, value]) => `  ${label}${' '.repeat(widest - width(label))}  ${value}`);
}
