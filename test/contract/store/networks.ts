// Contract of the store: networks of clusters, and the leases of their pools.
import { strict as assert } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import { ClusterNetworkSettings } from '@educloud/contracts';
import { modifyNetwork, type NetworkDeps } from '../../../apps/clc/src/commands/network-modify.ts';
import { tidyAddresses } from '../../../apps/clc/src/housekeeping.ts';
import { leaseNetwork } from '../../../apps/clc/src/network/lease.ts';
import { fillPools } from '../../../apps/clc/src/network/pools.ts';
import { clusterState, hostnameOf } from '../../../apps/clc/src/network/state.ts';
import type { Tx } from '../../../apps/clc/src/store/index.ts';
import { daemonRow, instanceRow } from '../../support/store-rows.ts';
import { MANY, times, type StoreScene } from './scene.ts';

const CC = 'cc-00000001';
const settings = (set: object = {}): ClusterNetworkSettings => ClusterNetworkSettings.parse({ rdpPorts: { from: 30_000, to: 30_009 }, managementPorts: null, ...set });
const id = (n: number): string => `ins-${n.toString(16).padStart(8, '0')}`;

export function networksContract(scene: StoreScene): void {
  describe('networks of clusters', () => {
    const deps = (n: number): NetworkDeps => ({ store: scene.both(n), now: () => scene.clock, servers: {} });
    const cluster = async (n = 1, url = 'http://10.0.0.1:8774') => {
      const row = daemonRow(n, { id: `cc-0000000${n}`, role: 'cc', name: `cluster-${n}`, url });
      await scene.store.read.daemons.insertDaemon(row);
      return row;
    };
    const fill = (set: object = {}): Promise<unknown> => scene.store.transaction((tx) => fillPools(tx, CC, settings(set)));
    const state = async (value: string) => (await scene.store.read.networks.address(CC, 'rdp-port', value))?.state;

    it('give as many askers an address as there are addresses, and nobody the same', async () => {
      await fill();
      const got = await times(MANY * 2, (n) => scene.at(n, (tx) => tx.networks.lease(CC, 'rdp-port', { insId: id(n), purpose: 'rdp' }, n % 3 === 0 ? 30_005 : 0)));
      const values = got.filter((value) => value !== null);
      assert.deepEqual([...values].sort(), Array.from({ length: 10 }, (_, i) => String(30_000 + i)));
      assert.deepEqual(await scene.store.read.networks.counts(CC), [{ ccId: CC, kind: 'rdp-port', all: 10, leased: 10, quarantine: 0 }]);
    });

    it('R129: go with their cluster controller, and what a classroom PC said with the PC: its addresses may be another cluster’s', async () => {
      const publicIps = settings({ mode: 'private', publicIps: [{ from: '203.0.113.10', to: '203.0.113.12' }] });
      const [first, second] = [await cluster(), await cluster(2, 'http://10.0.0.2:8774')];
      await modifyNetwork(deps(0), first, publicIps, null);
      await assert.rejects(modifyNetwork(deps(0), second, publicIps, null), { code: 'ADDRESS_TAKEN' });
      await scene.store.read.local.putLocalDesktops(CC, [{ hostId: CC, insId: id(1), state: 'off', synced: 1, syncing: null, madeFrom: 1, user: null, startedAt: null, epoch: 1, seq: 1, at: 1 }], { epoch: 1, seq: 1 });
      assert.equal(await scene.store.transaction((tx) => tx.daemons.removeDaemon(CC)), true);
      assert.deepEqual([await scene.store.read.networks.network(CC), await scene.store.read.networks.counts(CC), await scene.store.read.local.localDesktopsAt(CC)], [null, [], []]);
      await modifyNetwork(deps(0), second, publicIps, null);
    });

    it('pass over what somebody is taking, and wait for it when there is no other: what he gives up is not lost', async () => {
      await fill({ rdpPorts: { from: 30_000, to: 30_000 } });
      // Half of those who take it change their mind before the commit.
      const got = await times(MANY, (n) => scene.at(n, async (tx) => {
        const value = await tx.networks.lease(CC, 'rdp-port', { insId: id(n), purpose: 'rdp' });
        if (value !== null && n % 2 === 0 && n < MANY - 2) throw new Error('changed his mind');
        return value;
      }).catch(() => null));
      assert.equal(got.filter((value) => value !== null).length, 1);
    });

    it('lease a named address to one of many, again to the same, and to nobody else', async () => {
      await fill();
      const got = await times(MANY, (n) => scene.at(n, (tx) => tx.networks.leaseThis(CC, 'rdp-port', '30004', { insId: id(n), purpose: 'rdp' })));
      assert.equal(got.filter(Boolean).length, 1);
      const mine = id(got.indexOf(true));
      assert.equal(await scene.store.read.networks.leaseThis(CC, 'rdp-port', '30004', { insId: mine, purpose: 'rdp' }), true);
      assert.equal(await scene.store.read.networks.leaseThis(CC, 'rdp-port', '30999', { insId: mine, purpose: 'rdp' }), false);
    });

    it('keep what was given back from others until the cluster controller has forgotten it, and for a time', async () => {
      await fill();
      const { networks } = scene.store.read;
      const port = await networks.lease(CC, 'rdp-port', { insId: id(1), purpose: 'rdp' }) as string;
      const rev = await networks.raise(CC);
      await networks.giveBack(id(1), { rev, at: scene.clock });
      const end = (): Promise<number> => networks.endQuarantine(scene.clock - 60_000);
      assert.equal(await state(port), 'quarantine');
      assert.equal(await networks.leaseThis(CC, 'rdp-port', port, { insId: id(2), purpose: 'rdp' }), false);
      scene.clock += 60_000;
      assert.equal(await end(), 0, 'the cluster controller has not said that it is gone');
      assert.equal(await networks.applied(CC, { rev: rev - 1, refused: [] }, scene.clock), true);
      assert.equal(await end(), 0, 'of an older state');
      assert.equal(await networks.applied(CC, { rev, refused: [] }, scene.clock), true);
      scene.clock -= 1;
      assert.equal(await end(), 0, 'too early');
      scene.clock += 1;
      assert.equal(await end(), 1);
      assert.equal(await state(port), 'free');
      assert.equal(await networks.applied(CC, { rev: rev + 1, refused: [] }, scene.clock), false, 'a state there is not');
      assert.equal(await networks.applied(CC, { rev: rev - 1, refused: [] }, scene.clock), false, 'late');
    });

    it('take back what is leased to instances that are nowhere, and leave the others', async () => {
      await fill();
      await scene.store.read.instances.insertInstance(instanceRow(1, { ncId: 'nc-00000001' }));
      await scene.store.read.instances.insertInstance(instanceRow(2, { ncId: null }));
      for (const n of [1, 2, 3]) await scene.store.read.networks.lease(CC, 'rdp-port', { insId: id(n), purpose: 'rdp' });
      await tidyAddresses(scene.other, scene.clock, 0);
      assert.deepEqual((await scene.store.read.networks.addresses({ ccId: CC, limit: 100, state: 'leased' })).map((row) => row.insId), [id(1)]);
      assert.equal((await scene.store.read.networks.addresses({ ccId: CC, limit: 100, state: 'quarantine' })).length, 2);
    });

    it('change for one of many that saw the same revision, with all rows of their pools', async () => {
      const cc = await cluster();
      const answers = await times(MANY, (n) => modifyNetwork(deps(n), cc, settings({ rdpPorts: { from: 30_000, to: 30_000 + n } }), [0]).then(({ settings: now }) => now?.rdpPorts?.to ?? 0, () => null));
      const won = answers.filter((to) => to !== null);
      assert.equal(won.length, 1);
      assert.equal((await scene.store.read.networks.counts(CC))[0]?.all, (won[0] as number) - 30_000 + 1);
    });

    it('grow and shrink, but never below what is leased, and a refused change changes nothing', async () => {
      const cc = await cluster();
      await modifyNetwork(deps(0), cc, settings(), null);
      assert.ok(await scene.store.read.networks.leaseThis(CC, 'rdp-port', '30009', { insId: id(7), purpose: 'rdp' }));
      const before = await scene.store.read.networks.network(CC);
      await assert.rejects(modifyNetwork(deps(1), cc, settings({ rdpPorts: { from: 30_000, to: 30_008 } }), null), (e: { code?: string; message?: string }) => e.code === 'ADDRESS_TAKEN' && /30009.*ins-00000007/.test(e.message ?? ''));
      await assert.rejects(modifyNetwork(deps(1), cc, settings({ mode: 'private' }), null), { code: 'ADDRESS_TAKEN' });
      assert.deepEqual(await scene.store.read.networks.network(CC), before);
      assert.equal((await scene.store.read.networks.counts(CC))[0]?.all, 10);
      await modifyNetwork(deps(0), cc, settings({ rdpPorts: { from: 30_005, to: 30_020 } }), [1]);
      assert.deepEqual(await scene.store.read.networks.counts(CC), [{ ccId: CC, kind: 'rdp-port', all: 16, leased: 1, quarantine: 0 }]);
    });

    for (const [moment, readsFirst] of [['has read the setting', true], ['has its addresses', false]] as const) {
      it(`R160: a mode that changes when a placement ${moment} is refused, or counts for the placement as well`, async () => {
        const cc = await cluster();
        await modifyNetwork(deps(0), cc, settings(), null);
        let changed: Promise<unknown> | null = null;
        // MariaDB lets the change by where nothing is leased yet; otherwise, and where there is one writer at a time, it waits for the placement.
        const overtakes = readsFirst && scene.kind === 'mariadb';
        const meanwhile = async (): Promise<void> => {
          changed ??= modifyNetwork(deps(1), cc, settings({ mode: 'private' }), null).catch((e: { code?: string }) => e.code);
          await (overtakes ? changed : Promise.race([changed, delay(150)]));
        };
        const leased = await scene.at(0, async (tx) => {
          const networks: Tx['networks'] = {
            ...tx.networks,
            async network(ccId) {
              const row = await tx.networks.network(ccId);
              if (readsFirst) await meanwhile();
              return row;
            },
          };
          const got = await leaseNetwork({ tx: { networks }, cluster: cc, now: scene.clock, quarantineMs: 0 }, { id: id(1), kind: 'rvd', nics: [{ mode: 'nat' }], services: [{ name: 'rdp', port: 3389, protocol: 'tcp' }] }, null);
          if (!readsFirst) await meanwhile();
          return got;
        });
        const outcome = await changed;
        const now = (await scene.store.read.networks.network(CC))?.settings?.mode;
        assert.deepEqual([leased.mode, leased.doors[0]?.at, outcome === 'ADDRESS_TAKEN'], overtakes ? ['private', 'cluster', false] : ['public', 'node', true]);
        assert.equal(now, overtakes ? 'private' : 'public');
      });
    }

    it('of two clusters never share a public address, also when both are written at once', async () => {
      const [one, two] = [await cluster(1), await cluster(2, 'http://10.0.0.2:8774')];
      const publicIps = [{ from: '203.0.113.10', to: '203.0.113.12' }];
      const answers = await Promise.allSettled([modifyNetwork(deps(0), one, settings({ publicIps }), null), modifyNetwork(deps(1), two, settings({ publicIps }), null)]);
      assert.deepEqual(answers.map((a) => a.status).sort(), ['fulfilled', 'rejected']);
    });

    it('never hold a port at which the cloud itself listens', async () => {
      const cc = await cluster(1, 'http://10.0.0.1:30003');
      await assert.rejects(modifyNetwork(deps(0), cc, settings(), null), { code: 'PORT_OF_CLOUD' });
      assert.equal(await scene.store.read.networks.network(CC), null);
      assert.deepEqual(await scene.store.read.networks.counts(), []);
    });

    it('list their addresses page by page in the order of their numbers', async () => {
      await fill({ rdpPorts: { from: 998, to: 1003 } });
      const first = await scene.store.read.networks.addresses({ ccId: CC, kind: 'rdp-port', limit: 3 });
      const rest = await scene.store.read.networks.addresses({ ccId: CC, limit: 100, after: first.at(-1)! });
      assert.deepEqual([...first, ...rest].map((row) => row.value), ['998', '999', '1000', '1001', '1002', '1003']);
    });

    it('say what is to be true at a cluster controller: entries of DHCP, forwards and public addresses of what is open, and nothing else', async () => {
      const network = {
        ccId: CC, mode: 'private' as const, byCluster: true, open: true, accessRev: 2,
        cards: [{ mode: 'bridge' as const, mac: '52:54:00:00:00:01', bridge: 'br0', ip: '10.20.1.1', publicIp: '203.0.113.10' }],
        doors: [{ name: 'web', protocol: 'tcp' as const, guestPort: 80, at: 'alias' as const, ip: '10.20.1.1', port: 80 }, { name: 'ssh', protocol: 'tcp' as const, guestPort: 22, at: 'cluster' as const, ip: '10.20.1.1', port: 21_000 }],
      };
      await scene.store.read.networks.openAccess({ insId: id(1), ccId: CC, ncId: 'nc-00000001', hostname: hostnameOf('Überall Web', id(1)), network });
      const said = await clusterState(scene.other.read, CC);
      assert.deepEqual(said.hosts, [{ insId: id(1), mac: '52:54:00:00:00:01', ip: '10.20.1.1', hostname: 'berall-web-00000001' }]);
      assert.deepEqual(said.aliases, [{ insId: id(1), publicIp: '203.0.113.10', privateIp: '10.20.1.1' }]);
      assert.deepEqual(said.forwards.map(({ listenIp, listenPort, ncId, toIp, toPort }) => [listenIp, listenPort, ncId, toIp, toPort]), [['203.0.113.10', 80, null, '10.20.1.1', 80], [null, 21_000, null, '10.20.1.1', 22]]);
      assert.equal(await scene.store.read.networks.closeAccess(id(1)), true);
      assert.deepEqual((await clusterState(scene.store.read, CC)).forwards, []);
    });
  });
}
