// The page of networks, and addresses of a machine on its own page, in a real browser on a whole cloud with the fake hypervisor.
import assert from 'node:assert/strict';
import { browserScene } from '../support/browser-scene.ts';

describe('networks in a browser', function () {
  this.timeout(120_000);
  const scene = browserScene({ name: 'server', usage: 'server' });

  it('a machine with services shows where they are reached as soon as that works, to be copied; the page of networks shows whose the ports are', async () => {
    const { page, press, sees, readable } = await scene.enter('/instances');
    await press('New machine');
    await page.getByLabel('Name of the machine').fill('web');
    await page.getByText('Network', { exact: true }).click();
    await page.getByLabel('Services').fill('ssh 22, web 80');
    await readable();
    await press('Make it');
    await sees('ssh: port 22, as soon as it is placed');
    await press(/^Start: /);
    await page.getByRole('button', { name: /^Copy: / }).first().waitFor();
    await readable();
    await press(/^Copy: /);
    await sees('Copied');
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^[\w.]+:18\d{3}$/);
    await page.getByRole('link', { name: 'Networks' }).click();
    await sees(/2 of 1000 leased/);
    await page.getByText(/^Whose they are/).click();
    await page.getByRole('link', { name: 'web' }).first().waitFor();
    await readable();
    assert.deepEqual(scene.complaints, []);
  });

  it('says in Chinese and in the dark what an administrator has set', async () => {
    const [{ cluster } = { cluster: '' }] = await scene.edu.json<Array<{ cluster: string }>>('network', 'list');
    await scene.edu.json('network', 'set', cluster, '--access-host', 'desktops.example', '--bridge', 'br0', '--net', '10.77.0.0/24', '--private', '10.77.0.10-10.77.0.20', '--gateway', '10.77.0.1');
    const { sees, readable } = await scene.enter('/networks', { locale: 'zh-CN', colorScheme: 'dark' });
    await sees('访问地址 desktops.example');
    await sees(/网桥 br0/);
    await sees('已分配 0/11');
    await readable();
    assert.deepEqual(scene.complaints, []);
  });
});
