// A local desktop in a real browser on a whole cloud with the fake hypervisor: defined for an owner group, seen live on the PCs that have it and
// run it; in both languages and themes, and for readers who do not see.
import assert from 'node:assert/strict';
import type { LocalDesktop } from '@educloud/contracts';
import { browserScene } from '../support/browser-scene.ts';
import { eventually } from '../support/eventually.ts';
import { socketOf } from '../support/local-door.ts';

describe('a local desktop in a browser', function () {
  this.timeout(120_000);
  const scene = browserScene({ name: '课堂', usage: 'desktop' }, { cc: { usages: ['lvd'] }, nc: { powerOffCommand: ['/bin/true'], local: { enabled: true, askSeconds: 1, syncMaxLoad: 1000 } } });

  before(() => scene.edu.json('host', 'set', 'nc-1', '--owner-group', 'school.lab-2.row-1'));

  it('is defined for an owner group; the page says live which PCs have it and who uses it', async () => {
    const { page, readable } = await scene.enter('/instances');
    const { cloud, edu } = scene;
    await page.getByRole('button', { name: 'New machine' }).first().click();
    await page.getByLabel('Name of the machine').fill('maths <7> & "more"');
    await page.getByLabel('Used as').selectOption('lvd');
    await page.getByLabel('For the PCs of this owner group').fill('school.lab-2');
    await readable();
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByText('Offered to the PCs of school.lab-2 and below.').waitFor();
    const id = page.url().split('/').at(-1) ?? '';
    await page.getByText('off · version 1').waitFor();
    assert.equal(await page.getByRole('button', { name: /^Start/ }).count(), 0, 'it is started on the PC');
    const run = await eventually('it is started on the PC', () => edu.json<LocalDesktop>('lvd', 'run', id, '--user', 'anna', '--wait', '--socket', socketOf(cloud)));
    assert.equal(run.state, 'running');
    await page.getByText(/running · version 1 · anna · since /).waitFor();
    await readable();

    await page.getByRole('link', { name: 'Hosts' }).click();
    await page.getByRole('link', { name: 'Open: nc-1' }).click();
    await page.getByRole('heading', { name: 'Local desktops here' }).waitFor();
    await page.getByText(/running · version 1 · anna · since /).waitFor();
    await readable();
    await page.getByRole('button', { name: 'Power off: nc-1' }).click();
    await page.getByText('It is refused while somebody works on it.').waitFor();
    await readable();
    await page.getByRole('button', { name: 'Yes, power it off' }).click();
    await page.getByRole('alert').getByText(/nc-1/).waitFor();
    await page.goto(`${cloud.json.clcUrl}/instances/${id}`);

    const dark = await scene.enter(`/instances/${id}`, { locale: 'zh-CN', colorScheme: 'dark' });
    await dark.sees('提供给 school.lab-2 及其下级的电脑。');
    await dark.sees(/运行中 · 版本 1 · anna · 自/);
    await dark.readable();
    await edu.json('lvd', 'stop', id, '--force', '--wait', '--socket', socketOf(cloud));
    await page.getByText('off · version 1').waitFor();
    assert.deepEqual(scene.complaints, []);
  });
});
