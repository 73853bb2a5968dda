// The pages of hosts in a real browser on a whole cloud with the fake hypervisor: how full a node is and what is on it, live; drained, changed and
// not removed while something is there; in both languages and themes, and for readers who do not see.
import assert from 'node:assert/strict';
import type { DaemonView } from '@educloud/contracts';
import { browserScene } from '../support/browser-scene.ts';

describe('hosts in a browser', function () {
  this.timeout(120_000);
  const scene = browserScene({ name: '课堂', usage: 'desktop' });

  it('the list leads to a node, which shows live what is promised of it, what is on it, and what an administrator says of it', async () => {
    const { page, press, sees, readable } = await scene.enter('/hosts');
    await page.getByRole('heading', { name: 'Nodes of cluster-1' }).waitFor();
    await page.getByRole('heading', { name: 'Servers' }).waitFor();
    await readable();
    await page.getByRole('link', { name: 'Open: nc-1' }).click();
    await sees('No machine has its place here.');
    await sees('Simulated hypervisor');
    const { id } = await scene.edu.json<{ id: string }>('instance', 'define', '课堂', '--name', 'desk <7> & "more"', '--memory', '512M', '--cpus', '2');
    await scene.edu.json('instance', 'run', id, '--wait');
    await page.getByRole('link', { name: 'desk <7> & "more"' }).waitFor();
    await sees(/512 MiB of /);
    await sees('running');
    await readable();

    await press('Pull data now: nc-1');
    await sees('Answered');
    await page.getByRole('link', { name: id }).first().waitFor();
    await readable();

    await press('Drain: nc-1');
    await sees('draining');
    await scene.edu.json('instance', 'delete', id, '--wait');
    await sees('It is drained: nothing has its place here any more. It can be switched off.');
    await press('Enable: nc-1');
    await page.getByText('drained').first().waitFor({ state: 'detached' });
    await scene.edu.json('host', 'disable', 'nc-1');
    await sees('It is disabled: nothing is placed or started here. What runs goes on.');
    await scene.edu.json('host', 'enable', 'nc-1');

    await press('Properties: nc-1');
    await page.getByLabel('Where it stands').fill('room 12, window');
    await page.getByLabel(/^Owner group/).fill('..');
    await page.getByLabel('Memory promised per real memory').fill('2');
    await readable();
    const [sent] = await Promise.all([page.waitForRequest((request) => request.method() === 'PATCH'), press('Save')]);
    assert.deepEqual(sent.postDataJSON(), { location: 'room 12, window', ownerGroup: '..', memoryOvercommit: 2 });
    await page.getByRole('dialog').getByText(/ownerGroup/).waitFor();
    await page.getByLabel(/^Owner group/).fill('school.room-12');
    await press('Save');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await sees('room 12, window');
    await sees('processors usual, memory 2');

    await press('Remove: nc-1');
    await readable();
    await press('Yes, remove it');
    await sees(/switch it off or stop its daemon first/);
    assert.deepEqual(scene.complaints, []);
  });

  it('say in Chinese and in the dark how they are, without an English word', async () => {
    const typed = ['fake', 'none', 'school', 'room', 'window', 'usual', 'localhost'];
    const hosts = await scene.edu.json<DaemonView[]>('host', 'list');
    typed.push(...hosts.flatMap(({ facts, name }) => [...facts.hostname.split(/\W/), ...facts.pools.map((pool) => pool.name), ...name.split('-')]));
    const { page, press, sees, readable, chinese } = await scene.enter('/hosts', { locale: 'zh-CN', colorScheme: 'dark' });
    await sees('cluster-1 的节点');
    await chinese(typed);
    for (const { name, id } of hosts) {
      await page.goto(`${scene.cloud.json.clcUrl}/hosts/${id}`);
      await page.getByRole('heading', { name, exact: true }).waitFor();
      await sees('主机编号');
      await chinese(typed);
      await readable();
      if (name === 'nc-1') {
        await press(/^立即获取数据/);
        await sees('回应时间');
        await chinese(typed);
        await readable();
      }
      await press(`属性: ${name}`);
      await chinese(typed);
      await readable();
    }
    await page.goto(`${scene.cloud.json.clcUrl}/hosts/nc-00000000`);
    await sees('没有这台主机');
    await chinese();
    assert.deepEqual(scene.complaints, []);
  });
});
