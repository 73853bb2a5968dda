// A class of 40 starts at once on three nodes that hold 30 (five kinds of daemon, real servers, fake guests): exactly 30 run and 10 are refused
// with the reason; and when a node dies in the middle nobody is ever over its limit and all 40 end somewhere, however the cluster chooses its nodes.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { PLACEMENT_POLICIES, type InstanceView } from '@educloud/contracts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { builderOf } from '../support/build-flow.ts';
import { eventually } from '../support/eventually.ts';
import { instanceUserOf, type InstanceUser } from '../support/instance-flow.ts';
import { keepLogs } from '../support/keep-logs.ts';
import { nothingIsLeft, rowsOf } from '../support/leftovers.ts';
import { allowStart, freshDatabase, freshRedis, freshVhost } from '../support/servers.ts';

const CLASS = 40;
const HELD = 30;
/** Ten desktops of 512 MiB, and what is left to the host. */
const NODE = { hypervisor: { fakeMemoryMiB: 10 * 512 + 512, fakeCpus: 64 } };

describe('a class of 40 on nodes that hold 30', function () {
  this.timeout(300_000);
  let dir = '';
  let cloud: Cloud;
  let user: InstanceUser;
  let image = '';
  let rows: InstanceView[] = [];

  before(async function () {
    allowStart(this);
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-class-'));
    await chmod(dir, 0o755);
    const [amqpUrl, clusterAmqpUrl, dbUrl, redisUrl] = await Promise.all([freshVhost(), freshVhost(), freshDatabase(), freshRedis()]);
    cloud = await startCloud({
      dir: path.join(dir, 'cloud'), mode: 'distributed', hypervisor: 'fake', nodes: 3, servers: { amqpUrl, clusterAmqpUrl, dbUrl, redisUrl, libvirtUri: null },
      overrides: { nc: NODE, 'nc-2': NODE, 'nc-3': NODE },
    });
    user = await instanceUserOf(cloud);
    const file = path.join(dir, 'source.raw');
    await writeFile(file, randomBytes(512 * 1024));
    image = await (await builderOf(cloud)).upload(file, { name: 'class', format: 'raw' });
    await eventually('all nodes are there', async () => (await rowsOf(cloud, 'SELECT ncId FROM ledger_nodes')).length === 3, 60_000);
    rows = await Promise.all(Array.from({ length: CLASS }, (_, i) => user.define({ name: `desktop ${i + 1}`, imageId: image, kind: 'rvd', lifetime: 'temporary', memoryMiB: 512, cpus: 1 })));
  });
  after(async function () {
    this.timeout(60_000);
    await cloud?.stop();
    keepLogs(this.test?.parent, path.join(dir, 'cloud'));
    await rm(dir, { recursive: true, force: true });
  });

  const nobodyIsOverItsLimit = async (): Promise<void> =>
    assert.deepEqual(await rowsOf(cloud, 'SELECT ncId FROM ledger_nodes WHERE usedMemoryMiB > limitMemoryMiB OR usedCpus > limitCpus OR usedDiskBytes > limitDiskBytes'), []);
  const all = (work: (view: InstanceView) => Promise<InstanceView>): Promise<InstanceView[]> => Promise.all(rows.map(work));
  const refusedWithReason = (view: InstanceView): void => {
    assert.equal(view.error?.code, 'NO_CAPACITY', view.message);
    assert.equal(view.placement?.nodeId, null);
    assert.ok((view.placement?.candidates ?? []).length >= 2 && view.placement?.candidates.every((c) => !c.fits && c.reason !== ''), JSON.stringify(view.placement));
  };

  it('exactly 30 run and 10 are refused, each with the reason of each node; no node is over its limit', async () => {
    const ended = await all((view) => user.do(view.id, 'run'));
    await nobodyIsOverItsLimit();
    const running = ended.filter((view) => view.status === 'ACTIVE');
    const refused = ended.filter((view) => view.status === 'ERROR');
    assert.deepEqual([running.length, refused.length], [HELD, CLASS - HELD]);
    refused.forEach(refusedWithReason);
    assert.deepEqual([...new Set(running.map((view) => view.nodeName))].sort().map((name) => running.filter((view) => view.nodeName === name).length), [10, 10, 10]);
    await all((view) => (view.allowed.includes('stop') || running.some((r) => r.id === view.id) ? user.do(view.id, 'stop') : user.instance(view.id)));
    assert.deepEqual(await rowsOf(cloud, 'SELECT insId FROM ledger_claims'), []);
  });
  /** Looked at as long as the work is under way. */
  async function never(over: () => Promise<void>, work: Promise<unknown>): Promise<void> {
    let under = true;
    work.finally(() => { under = false; }).catch(() => undefined);
    while (under) await over();
  }
  async function chooseBy(placement: string): Promise<void> {
    const { token } = await user.login();
    const [cluster] = await rowsOf(cloud, "SELECT id FROM daemons WHERE role = 'cc'");
    const response = await fetch(`${cloud.json.clcUrl}/clc/api/1.0/nodes/${String(cluster?.['id'])}`, { method: 'PATCH', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` }, body: JSON.stringify({ placement }) });
    assert.equal(response.status, 200, await response.text());
  }
  for (const [i, placement] of PLACEMENT_POLICIES.entries()) {
    it(`${placement}: when a node dies in the middle no node is ever over its limit, and all 40 end`, async () => {
      await chooseBy(placement);
      const starts = all((view) => user.do(view.id, 'run'));
      const watched = never(nobodyIsOverItsLimit, starts);
      await eventually('some are placed', async () => (await rowsOf(cloud, 'SELECT insId FROM ledger_claims')).length > 5, 60_000);
      await cloud.kill('nc-2');
      await cloud.start('nc-2');
      const ended = await starts;
      await watched;
      await nobodyIsOverItsLimit();
      for (const view of ended) assert.ok(view.status === 'ACTIVE' || view.status === 'ERROR', `${view.id} is ${view.status}: ${view.message}`);
      assert.equal(ended.filter((view) => view.status === 'ACTIVE').length, HELD);
      assert.ok(ended.every((view) => view.placement === null || (view.placement.why as { args?: { policy?: string } } | undefined)?.args?.policy === placement || view.placement.nodeId === null), 'chosen by another policy');
      if (i < PLACEMENT_POLICIES.length - 1) await all((view) => (ended.some((one) => one.id === view.id && one.status === 'ACTIVE') ? user.do(view.id, 'stop') : user.instance(view.id)));
    });
  }
  it('deleted, nothing is left', async () => {
    await all((view) => user.do(view.id, 'delete'));
    await nothingIsLeft(cloud, 60_000);
  });
});
