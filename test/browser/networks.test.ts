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
    await page.getByRole('textbox', { name: 'Services' }).fill('ssh 22, web 80');
    await readable();
    await press('Make it');
    await sees('ssh: port 22, as soon as it is placed');
    await press(/^Start: /);
    await page.getByRole('button', { name: /^Copy: / }).first().waitFor();
    await readable();
    await press(/^Copy: /);
    await sees('Copied');
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^[\w.]+:18\d{3}$/);
    await page.getByRole('link', { name: 'Machines', exact: true }).click();
    await press(/:18\d{3} Copy$/);
    await sees('Copied');
    await readable();
    await page.getByRole('link', { name: 'Networks' }).click();
    await sees(/2 of 1000 leased/);
    await page.getByText(/^Whose they are/).click();
    await page.getByRole('link', { name: 'web' }).first().waitFor();
    await readable();
    assert.deepEqual(scene.complaints, []);
  });

  it('an administrator changes a network; what is refused stands at its field, and nothing is changed by it', async () => {
    const { page, press, sees, readable } = await scene.enter('/networks');
    const field = (name: string | RegExp) => page.getByRole('dialog').getByLabel(name);
    const wrongAt = (name: string | RegExp): Promise<string> => field(name).evaluate((input) => `${input.getAttribute('aria-invalid')} ${document.getElementById(input.getAttribute('aria-describedby') ?? '')?.textContent ?? ''}`);
    const setting = async (): Promise<string> => JSON.stringify((await scene.edu.json<Array<Record<string, unknown>>>('network', 'list')).map(({ mode, rdpPorts, privateNet, bridge, rev }) => ({ mode, rdpPorts, privateNet, bridge, rev })));
    const before = await setting();
    await press('Change: cluster-1');
    await field('Desktop ports').fill('many');
    await press('Save');
    assert.equal(await wrongAt('Desktop ports'), 'true ports look like 17000-17999');
    await field('Desktop ports').fill('17500-17000');
    await field(/^Bridge/).fill('br0');
    await field('Net of the bridge').fill('10.77.0.0/24');
    await field('Addresses for machines').fill('10.77.0.10-10.77.1.20');
    await field('Gateway').fill('10.99.0.1');
    await press('Save');
    await page.locator('input[name=addresses][aria-invalid]').waitFor();
    assert.match(await wrongAt('Desktop ports'), /^true ./);
    assert.match(await wrongAt('Addresses for machines'), /10\.77\.1\.20 is not inside 10\.77\.0\.0\/24/);
    assert.match(await wrongAt('Gateway'), /10\.99\.0\.1 is not inside/);
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'rdpPorts', 'the first wrong one');
    assert.match(await wrongAt('Net of the bridge'), /^null/);
    await readable();
    // A machine has a port: how it is reached cannot change under it.
    await field('Desktop ports').fill('17000-17500');
    for (const name of [/^Bridge/, 'Net of the bridge', 'Addresses for machines', 'Gateway']) await field(name).fill('');
    await field('Mode').selectOption('private');
    await press('Save');
    await page.locator('select[name=mode][aria-invalid]').waitFor();
    assert.match(await wrongAt('Mode'), /^true .*ins-/);
    assert.equal(await setting(), before);
    await field('Mode').selectOption('public');
    await scene.edu.json('network', 'set', 'cluster-1', '--access-host', 'one.example');
    await press('Save');
    await sees('The object changed since it was read.');
    await press('Not now');
    await sees('access at one.example');
    await press('Change: cluster-1');
    await field('Desktop ports').fill('17000-17500');
    await press('Save');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await sees('17000–17500');
    assert.deepEqual(scene.complaints, []);
  });

  it('says in Chinese and in the dark what an administrator has set', async () => {
    const [{ cluster } = { cluster: '' }] = await scene.edu.json<Array<{ cluster: string }>>('network', 'list');
    await scene.edu.json('network', 'set', cluster, '--access-host', 'desktops.example', '--bridge', 'br0', '--net', '10.77.0.0/24', '--private', '10.77.0.10-10.77.0.20', '--gateway', '10.77.0.1');
    const { press, sees, readable, chinese } = await scene.enter('/networks', { locale: 'zh-CN', colorScheme: 'dark' });
    await sees('访问地址 desktops.example');
    await sees(/网桥 br0/);
    await sees('已分配 0/11');
    await readable();
    await press(/^更改: /);
    await chinese(['br0', 'example', 'desktops', 'school', 'sysctl', 'net', 'ipv4', 'ip', 'forward']);
    await readable();
    assert.deepEqual(scene.complaints, []);
  });
});
