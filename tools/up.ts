// `npm run up [-- --distributed] [--dir D]`: the whole cloud on this machine. Writes D/cloud.json.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './build.ts';
import { startCloud } from './cloud/start.ts';
import { availableHypervisor } from './cloud/hypervisor.ts';

const { values } = parseArgs({ options: { distributed: { type: 'boolean' }, dir: { type: 'string' }, fake: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } }, strict: true });
if (values.help) {
  console.log(`npm run up -- [--distributed] [--dir D] [--fake]
  --distributed  five processes on private RabbitMQ, MariaDB, Redis and libvirtd instead of one process on embedded ones
  --dir D        folder for everything of this cloud (default .data/cloud)
  --fake         fake hypervisor: no guest really runs`);
} else {
  const dir = path.resolve(values.dir ?? path.join(ROOT, '.data/cloud'));
  await mkdir(dir, { recursive: true });
  const choice = values.fake ? { kind: 'fake' as const, why: 'asked for' } : availableHypervisor();
  if (choice.kind === 'fake') console.log(`FAKE hypervisor (${choice.why}): no guest really runs`);
  const cloud = await startCloud({ dir, mode: values.distributed ? 'distributed' : 'all-in-one', hypervisor: choice.kind });
  console.log(`up: ${cloud.json.clcUrl}  user ${cloud.json.adminUser}; password and addresses in ${cloud.layout.cloudJson}`);
  console.log(`stop it with: npm run down -- --dir ${dir}`);
}
