import assert from 'node:assert/strict';
import { remoteDesktopOf } from '@educloud/contracts';
import { hasCode } from '@educloud/errors';
import { remoteDesktopFile } from './remote-desktop-file.ts';

describe('a .rdp file', () => {
  it('names address, port and account, one setting a line', () => {
    assert.equal(remoteDesktopFile({ host: '10.0.0.7', port: 17_001, user: 'anna' }), 'full address:s:10.0.0.7:17001\r\nusername:s:anna\r\nprompt for credentials:i:1\r\nauthentication level:i:2\r\nscreen mode id:i:2\r\n');
    assert.match(remoteDesktopFile({ host: 'fd00::7', port: 3389, user: null }), /^full address:s:\[fd00::7\]:3389\r\nprompt/);
  });
  it('refuses what would become a setting of its own', () => {
    for (const bad of ['a\r\nalternate shell:s:evil', 'a\nb', 'a\u0000', 'a\u0085b', 'a\u2028b']) {
      assert.throws(() => remoteDesktopFile({ host: bad, port: 1, user: null }), (e) => hasCode(e, 'BAD_REQUEST'));
      assert.throws(() => remoteDesktopFile({ host: 'h', port: 1, user: bad }), (e) => hasCode(e, 'BAD_REQUEST'));
    }
  });
  it('is that of the service called rdp, else of the port that Windows has it on, and never of UDP', () => {
    const [ssh, moved, usual, udp] = [{ name: 'ssh', protocol: 'tcp', guestPort: 22 }, { name: 'rdp', protocol: 'tcp', guestPort: 3390 }, { name: 'desk', protocol: 'tcp', guestPort: 3389 }, { name: 'rdp', protocol: 'udp', guestPort: 3389 }] as const;
    assert.deepEqual([remoteDesktopOf([ssh, usual, moved]), remoteDesktopOf([udp, usual]), remoteDesktopOf([ssh, udp]), remoteDesktopOf([])], [moved, usual, null, null]);
  });
});
