// `npm run quickstart [-- --once] [--dir D] [--fake] [--lvd]`: a newcomer's first command. Starts the all-in-one cloud, makes a tiny guest image, uploads it
// and builds a new image from it, through the public API only. Like `npm run up` it leaves the cloud running in the background and returns.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt, ROOT } from './build.ts';
import { availableHypervisor } from './cloud/hypervisor.ts';
import { startCloud } from './cloud/start.ts';
import { stopCloud } from './cloud/stop.ts';
import { buildImage } from './quickstart/build-image.ts';
import { eduOf, EduFailed } from './quickstart/edu.ts';
import { guestDisk } from './quickstart/guest-disk.ts';
import { offerDesktop } from './quickstart/local-desktop.ts';
import { summary } from './quickstart/summary.ts';

const { values } = parseArgs({ options: { once: { type: 'boolean', default: false }, dir: { type: 'string' }, fake: { type: 'boolean', default: false }, lvd: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } }, strict: true });
const dir = path.resolve(values.dir ?? path.join(ROOT, '.data/quickstart'));
const logs = path.join(dir, 'log');
const down = `npm run down -- --dir ${dir}`;
let doing = '';

function step(english: string, chinese: string): void {
  doing = english;
  console.log(`\n== ${english} · ${chinese}`);
}

async function quickstart(): Promise<void> {
  const hypervisor = values.fake ? { kind: 'fake' as const, why: 'asked for with --fake' } : availableHypervisor();
  const fake = hypervisor.kind === 'fake';
  if (fake) {
    console.log(`\n!! FAKE hypervisor (${hypervisor.why}): everything is done but no guest really runs. As root on Debian the real one is used.`);
    console.log(`!! 模拟虚拟机管理器（${hypervisor.why}）：所有步骤照常执行，但不会真正运行虚拟机。在 Debian 上以 root 运行即可使用真实的虚拟机。`);
  }
  await mkdir(dir, { recursive: true });
  step('Building', '编译');
  await ensureBuilt();
  step('Starting the cloud', '启动云平台');
  const cloud = await startCloud({ dir, mode: 'all-in-one', hypervisor: hypervisor.kind, localDesktops: values.lvd });
  const lvdSocket = existsSync(cloud.layout.lvdSocket) ? cloud.layout.lvdSocket : null;
  if (values.lvd && lvdSocket === null) throw new Error(`this cloud ran already, without local desktops; stop it first · 云平台已在运行且未启用本地桌面，请先停止: ${down}`);
  const edu = eduOf(dir);
  await edu.does(['login', '--url', cloud.json.clcUrl, '--user', cloud.json.adminUser], { EDU_PASSWORD: cloud.json.adminPassword });
  step('Making the guest image', '制作示例虚拟机镜像');
  const file = await guestDisk(dir, fake, (line) => console.log(line));
  console.log(file);
  const task = await buildImage(edu, file, step);
  if (lvdSocket !== null) {
    step('Offering a local desktop to this computer', '向此电脑提供一个本地桌面');
    await offerDesktop(edu, task);
  }
  console.log(summary({ task, cloud: cloud.json, dir, lvdSocket, fakeBecause: fake ? hypervisor.why : null, down: values.once ? null : down }));
}

async function stop(): Promise<void> {
  step('Stopping everything', '停止所有组件');
  await stopCloud(dir);
}

if (values.help) {
  console.log(`npm run quickstart -- [--once] [--dir D] [--fake] [--lvd]
  --once   stop everything at the end, guests too
  --dir D  folder for everything of this cloud (default .data/quickstart)
  --fake   fake hypervisor: no guest really runs
  --lvd    this computer plays a classroom PC too, with one local desktop to run by edu lvd`);
} else {
  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
    process.once(signal, () => {
      console.error(`\ninterrupted while: ${doing}. ${values.once ? '' : `What runs already goes on; stop it with: ${down}`}`);
      void (values.once ? stop() : Promise.resolve()).finally(() => process.exit(code));
    });
  }
  try {
    await quickstart();
  } catch (e) {
    // `edu` has said already what happened, what is kept and what to do.
    if (!(e instanceof EduFailed)) console.error(`quickstart: ${e instanceof Error ? e.message : String(e)}`);
    console.error(`\nquickstart failed at "${doing}" · 快速体验在此步骤失败。Logs · 日志: ${logs}${values.once ? '' : `\nWhat is running can be stopped with · 停止: ${down}`}`);
    process.exitCode = 1;
  }
  if (values.once) await stop();
}
