import assert from 'node:assert/strict';
import { ClusterNetworkSettings, type ClusterNetworkView } from '@educloud/contracts';
import { settingOf, textOf } from './setting-text.ts';

const setting = ClusterNetworkSettings.parse({
  mode: 'private', accessHost: 'desktops.example', managementPorts: { from: 18000, to: 18000 }, bridge: 'br0',
  privateNet: { cidr: '10.77.0.0/24', from: '10.77.0.10', to: '10.77.0.20', gateway: '10.77.0.1', dns: ['10.77.0.2', '10.77.0.3'] },
  publicIps: [{ from: '203.0.113.10', to: '203.0.113.19' }, { from: '203.0.113.30', to: '203.0.113.30' }], macs: { from: '52:54:00:00:00:01', to: '52:54:00:00:00:ff' },
});

describe('the setting of a network as text', () => {
  it('comes back as it was, full and empty', () => {
    for (const each of [setting, ClusterNetworkSettings.parse({}), ClusterNetworkSettings.parse({ rdpPorts: null, managementPorts: null })]) {
      assert.deepEqual(settingOf(textOf(each as ClusterNetworkView)), { setting: each, wrong: [] });
    }
  });
  it('never takes ports that cannot be read for none, and sends other nonsense on, so that the cloud names it', () => {
    const text = { ...textOf(setting as ClusterNetworkView), rdpPorts: 'many', managementPorts: '1-2-3', publicIps: 'x - y, z', gateway: '' };
    const { setting: sent, wrong } = settingOf(text);
    assert.deepEqual(wrong, ['rdpPorts', 'managementPorts']);
    assert.deepEqual([sent.publicIps, sent.privateNet?.gateway], [[{ from: 'x', to: 'y' }, { from: 'z', to: 'z' }], null]);
  });
});
