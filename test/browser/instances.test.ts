// Machines in a real browser on a whole cloud with the fake hypervisor: defined, started, seen, shut down, reset and deleted; also without an
// English word for a reader of Chinese, and for readers who do not see.
import assert from 'node:assert/strict';
import type { InstanceView } from '@educloud/contracts';
import { browserScene } from '../support/browser-scene.ts';

describe('machines in a browser', function () {
  this.timeout(120_000);
  const scene = browserScene({ name: '课堂', usage: 'desktop' });

  it('are defined, started, shown, shut down, reset and deleted, live and with the way back from what loses a disk', async () => {
    const { page, press, sees, readable } = await scene.enter('/instances');
    await sees('No machines yet');
    await press('New machine');
    await page.getByLabel('Name of the machine').fill('desk <7> & "more"');
    await page.getByRole('combobox', { name: /^Its disk/ }).selectOption('persistent');
    await readable();
    await press('Make it');
    await page.getByRole('heading', { name: 'desk <7> & "more"' }).waitFor();
    await sees('defined: it can be run');
    await press(/^Start: /);
    await sees('Connecting to the screen…');
    await page.getByRole('button', { name: /^Shut down: / }).waitFor();
    await readable();
    await press('Serial console');
    await page.locator('.serial-screen[data-state=connected]').waitFor();
    await press('Use keyboard');
    await page.keyboard.type('hello in there');
    await page.keyboard.press('Enter');
    await page.locator('.serial-screen .xterm-accessibility-tree').getByText('fake# hello in there').waitFor({ state: 'attached' });
    await readable();
    await page.keyboard.press('Shift+Escape');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Use keyboard');
    await press('Log');
    await page.locator('.serial-log').getByText('fake# hello in there').waitFor();
    await readable();
    await press(/^Pause: /);
    await page.getByRole('button', { name: /^Go on: / }).click();
    await press(/^Suspend: /);
    await page.getByRole('button', { name: /^Resume: / }).waitFor();
    await press(/^Shut down: /);
    await sees('Its saved memory is thrown away');
    await readable();
    await press('Keep it');
    await press(/^Resume: /);
    await page.getByRole('button', { name: /^Suspend: / }).waitFor();
    await press(/^Shut down: /);
    await sees(/stopped: the guest agent powered it off/);
    await press(/^Reset: /);
    await sees('Its disk is lost for good');
    await press('Yes, reset it');
    await sees(/its disk was thrown away/);
    const history = page.getByRole('region', { name: 'History' });
    await history.getByText('7. ').waitFor();
    assert.deepEqual(await history.locator('summary > span:first-child').allTextContents(), ['7. Resetting', '6. Shutting down', '5. Resuming', '4. Suspending', '3. Going on', '2. Pausing', '1. Starting']);
    await history.getByText('1. Starting').click();
    await history.locator('details[open]').getByText(/cloud controller/).first().waitFor();
    assert.match((await page.getByRole('region', { name: 'Placement' }).textContent()) ?? '', /On nc-1.*1 of 1 nodes have room/s);
    await readable();
    await page.getByRole('link', { name: 'All machines' }).click();
    await page.getByRole('link', { name: /^Open: desk/ }).click();
    await press(/^Delete: /);
    await press('Yes, delete it');
    await page.getByRole('link', { name: 'All machines' }).click();
    await sees('No machines yet');
    assert.deepEqual(scene.complaints, []);
  });

  it('a class of them is started at once and shows how far it is; several are selected and deleted together', async () => {
    const { page, press, sees, readable } = await scene.enter('/instances');
    await press('Start a class');
    await page.getByLabel('How many').fill('3');
    await page.getByLabel('Their names').fill('room');
    await sees(/Several need/);
    await page.getByLabel('Their names').fill('room-{n}');
    await sees('From room-1 to room-3');
    await page.getByLabel('Size').selectOption('tiny');
    await readable();
    await press('Start all');
    await sees('Starting a class: done');
    await sees('3 of 3 done');
    await readable();
    await press('Dismiss');
    for (const n of [1, 2, 3]) await page.getByLabel(`Select room-${n}`).check();
    await sees('Selected: 3');
    await press('Shut down (3)');
    await sees('Shutting down: done');
    await page.getByLabel('All', { exact: true }).check();
    await press('Delete (3)');
    await readable();
    await press('Yes, delete it');
    await sees('No machines yet');
    assert.deepEqual(scene.complaints, []);
  });
  it('are changed while they are off: only what was changed is sent, and not over what somebody else has changed meanwhile', async () => {
    const { edu } = scene;
    const { id } = await edu.json<{ id: string }>('instance', 'define', '课堂', '--name', 'before', '--placement', 'pack', '--stop-at', 'fri@18:00', '--service', 'ssh:22');
    const { page, press, sees, readable } = await scene.enter(`/instances/${id}`);
    await press('Change: before');
    await page.getByLabel('Name of the machine').fill('after');
    await page.getByLabel('Memory (MiB)').fill('512');
    await page.getByLabel(/^Shut down by itself after/).fill('90');
    await page.getByText('Network', { exact: true }).first().click();
    await page.getByLabel(/^Services/).fill('ssh 22, web 8080');
    await page.getByText('Access, start and placement').click();
    await page.getByLabel('Starts from').selectOption('network');
    await readable();
    await edu.json('instance', 'set', id, '--description', 'of somebody else');
    await press('Save');
    await page.getByRole('dialog').getByRole('alert').waitFor();
    await readable();
    assert.equal((await edu.json<{ name: string }>('instance', 'show', id)).name, 'before');
    await press('Not now');
    await press('Change: before');
    await page.getByLabel('Name of the machine').fill('after');
    await page.getByLabel('Memory (MiB)').fill('512');
    await page.getByLabel(/^Shut down by itself after/).fill('90');
    await page.getByText('Access, start and placement').click();
    await page.getByLabel('Starts from').selectOption('network');
    await press('Save');
    await page.getByRole('heading', { name: 'after' }).waitFor();
    await sees(/512 MiB memory/);
    await sees(/the network \(PXE\)/);
    const now = await edu.json<InstanceView>('instance', 'show', id);
    assert.deepEqual(
      [now.description, now.memoryMiB, now.placementPolicy, now.startup?.bootFrom, now.autoStop?.afterMinutes, now.autoStop?.at.length, now.services.map((service) => service.name)],
      ['of somebody else', 512, 'pack', 'network', 90, 1, ['ssh']],
    );
    await edu.json('instance', 'delete', id, '--wait');
    assert.deepEqual(scene.complaints, []);
  });
  it('R197: are asked for in a dialog that was open before the images were there', async () => {
    const { page, press, sees } = await scene.enter('/instances');
    await sees('No machines yet');
    let answer = (): void => undefined;
    for (const [open, end] of [['Start a class', 'Start all'], ['New machine', 'Make it']] as const) {
      const asked = new Promise<void>((resolve) => (answer = resolve));
      await page.route(/\/images(\?|$)/, (route) => asked.then(() => route.continue()), { times: 1 });
      await page.reload();
      await press(open);
      const submit = page.getByRole('dialog').getByRole('button', { name: end });
      assert.ok(await submit.isDisabled());
      answer();
      await page.waitForFunction((name) => [...document.querySelectorAll<HTMLButtonElement>('dialog button[type=submit]')].some((button) => button.textContent === name && !button.disabled), end);
    }
  });
  it('a class that has no room for all says of each why', async () => {
    const answer = await scene.edu.run('class', 'start', '课堂', '--count', '2', '--name', 'huge-{n}', '--memory', '1000G');
    assert.equal(answer.code, 7, answer.stderr);
    assert.match(answer.stderr, /huge-1.*NO_CAPACITY/);
    assert.match(answer.stderr, /0 of 2 done, 2 failed/);
    const [batch] = await scene.edu.json<Array<{ id: string; state: string }>>('batch', 'list');
    assert.equal(batch?.state, 'done-with-failures');
    assert.equal((await scene.edu.json<{ members: unknown[] }>('batch', 'show', batch.id)).members.length, 2);
    const { page, sees } = await scene.enter('/instances');
    await sees('huge-2');
    await page.getByLabel('All', { exact: true }).check();
    await scene.edu.run('class', 'delete', batch.id);
    await sees('No machines yet');
  });

  it('are told of in Chinese without an English word', async () => {
    const { id } = await scene.edu.json<{ id: string }>('instance', 'define', '课堂', '--name', '课桌', '--lifetime', 'assigned');
    await scene.edu.json('instance', 'run', id, '--wait');
    const { page, sees, chinese } = await scene.enter('/instances', { locale: 'zh-CN' });
    await sees('课桌');
    await chinese();
    await page.getByRole('link', { name: /课桌/ }).first().click();
    await sees('运行中');
    await chinese();
  });
});
