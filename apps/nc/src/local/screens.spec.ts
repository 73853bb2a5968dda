import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createScreens, type Screens } from './screens.ts';

describe('screens of local desktops', () => {
  let dir: string;
  let vnc: net.Server;
  let seen: net.Socket[];
  let screens: Screens;
  let held: () => Promise<void>;
  beforeEach(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-screens-'));
    seen = [];
    held = () => Promise.resolve();
    vnc = net.createServer((socket) => { seen.push(socket.on('error', () => undefined)); socket.write('RFB'); }).listen(0, '127.0.0.1');
    await once(vnc, 'listening');
    const address = { host: '127.0.0.1', port: (vnc.address() as AddressInfo).port };
    screens = createScreens({ mode: 0o600, hypervisor: { consoleAddress: () => held().then(() => address as never) } });
  });
  afterEach(async () => {
    await screens.closeAll();
    for (const socket of seen) socket.destroy();
    vnc.close();
    await rm(dir, { recursive: true });
  });
  const file = (): string => path.join(dir, 'screen');

  it('R148 one that could not be opened is not open', async () => {
    await assert.rejects(screens.open('lvd-1', path.join(dir, 'no/such/folder')));
    await screens.open('lvd-1', file());
    const viewer = net.connect(file());
    assert.equal(String((await once(viewer, 'data'))[0]), 'RFB');
    viewer.destroy();
  });

  it('R148 who leaves while it is asked where the screen is leaves no connection to it behind', async () => {
    let goOn = (): void => undefined;
    const asking = new Promise<void>((resolve) => {
      held = () => new Promise((go) => { goOn = go; resolve(); });
    });
    await screens.open('lvd-1', file());
    const left = once(net.connect(file()).resume(), 'close');
    await asking;
    held = () => Promise.resolve();
    await screens.close('lvd-1');
    await left;
    goOn();
    await screens.open('lvd-1', file());
    const viewer = net.connect(file());
    await once(viewer, 'data');
    assert.equal(seen.length, 1);
    viewer.destroy();
  });
});
