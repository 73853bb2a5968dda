// The copy contract on HTTP and on SFTP with a real OpenSSH server.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createHttpCopy } from '../../apps/nc/src/drivers/image-copy/http.ts';
import { createSftpCopy } from '../../apps/nc/src/drivers/image-copy/sftp.ts';
import { startSshd } from '../../tools/servers/sshd.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { startImageServer } from '../support/image-server.ts';
import { transferContract } from './transfer.contract.ts';

transferContract('HTTP', async (file) => {
  const bytes = readFileSync(file);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const server = await startImageServer({ file: () => ({ path: file, sha256, sizeBytes: bytes.length }) });
  const proxy = await startCuttingProxy({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
  return {
    copy: (more) => createHttpCopy({ where: 'test node', reserveBytes: more?.reserveBytes ?? 0, pauseMs: () => 5 }),
    source: { url: `http://127.0.0.1:${proxy.port}/file`, ticket: 'a-ticket' },
    cut: proxy.cut,
    sent: proxy.sent,
    async close() { await proxy.close(); await server.close(); },
  };
});

transferContract('SFTP', async (file) => {
  const dir = mkdtempSync(join(tmpdir(), 'edu-sshd-'));
  const server = await startSshd({ dir });
  copyFileSync(file, join(server.root, basename(file)));
  const proxy = await startCuttingProxy({ host: server.host, port: server.port });
  const { privateKey, hostKeySha256 } = server;
  return {
    copy: (more) => createSftpCopy({ where: 'test node', reserveBytes: more?.reserveBytes ?? 0, pauseMs: () => 5, user: server.username, privateKey, hostKeySha256 }),
    source: { url: `sftp://127.0.0.1:${proxy.port}/${basename(file)}`, ticket: '' },
    cut: proxy.cut,
    sent: proxy.sent,
    async close() {
      await proxy.close();
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
});
