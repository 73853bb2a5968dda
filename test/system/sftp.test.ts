// A node that fetches over SFTP (transfer.kind: sftp) in a whole cloud: Walrus → CC by HTTP, CC → node from a real SSH server.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { layoutOf } from '../../tools/cloud/layout.ts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { startSshd, type SshServer } from '../../tools/servers/sshd.ts';
import { builderOf, type Builder } from '../support/build-flow.ts';
import { keepLogs } from '../support/keep-logs.ts';

describe('a cloud whose node fetches over SFTP', function () {
  this.timeout(120_000);
  let dir = '';
  let sshd: SshServer;
  let cloud: Cloud;
  let user: Builder;

  before(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-sftp-'));
    await chmod(dir, 0o755);
    const cloudDir = path.join(dir, 'cloud');
    sshd = await startSshd({ dir: path.join(dir, 'sshd'), root: path.join(layoutOf(cloudDir).data('cc'), 'images') });
    const transfer = {
      kind: 'sftp', sftpUser: sshd.username, sftpPort: sshd.port, sftpKeyFile: sshd.privateKeyFile, sftpHostKeySha256: sshd.hostKeySha256,
      sftpPath: process.getuid?.() === 0 ? '/' : sshd.root, // only root's server has a root of its own
    };
    cloud = await startCloud({ dir: cloudDir, mode: 'all-in-one', hypervisor: 'fake', overrides: { nc: { transfer } } });
    user = await builderOf(cloud);
  });
  after(async function () {
    await cloud?.stop();
    await sshd?.stop();
    keepLogs(this.test?.parent, path.join(dir, 'cloud'));
    await rm(dir, { recursive: true, force: true });
  });

  it('prepares an image nobody had in a cache: the exact bytes are on the node, and they came through the SSH server', async () => {
    const bytes = randomBytes(24 * 1024 * 1024 + 512);
    const file = path.join(dir, 'source.raw');
    await writeFile(file, bytes);
    const imageId = await user.upload(file, { name: 'over-sftp', format: 'raw' });
    const task = await user.do((await user.begin(imageId)).tid, 'prepare');
    assert.equal(`${task.phase}/${task.state}`, 'preparing/prepared', task.message);
    const fetched = await readFile(path.join(cloud.layout.data('nc'), 'images', `${imageId}.v1.raw`));
    const sha256 = (b: Buffer): string => createHash('sha256').update(b).digest('hex');
    assert.equal(sha256(fetched), sha256(bytes));
    assert.match(await readFile(path.join(dir, 'sshd', 'console.log'), 'utf8'), /Accepted publickey/);
  });

  it('submits as with HTTP: what a node sends is checked by its receiver', async () => {
    const file = path.join(dir, 'second.raw');
    await writeFile(file, randomBytes(512 * 1024));
    const { tid } = await user.begin(await user.upload(file, { name: 'sent-back', format: 'raw' }));
    for (const step of ['prepare', 'run', 'stop', 'submit'] as const) await user.do(tid, step);
    const task = await user.task(tid);
    assert.equal(`${task.phase}/${task.state}`, 'submitted/submitted', task.message);
  });
});
