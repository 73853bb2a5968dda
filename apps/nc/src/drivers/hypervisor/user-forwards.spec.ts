import assert from 'node:assert/strict';
import { forwardLines, parseUsernet } from './user-forwards.ts';

// As QEMU 7.2 prints it.
const PRINTED = `Hub -1 (hostnet0):
  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ
  TCP[ESTABLISHED]   31       127.0.0.1 40001       10.0.2.15    22     0     0
  TCP[HOST_FORWARD]  24       127.0.0.1 40001       10.0.2.15    22     0     0
Hub -1 (hostnet2):
  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ
  UDP[HOST_FORWARD]  25               * 40002       10.0.2.15    53     0     0
`;
const nat = (...forwards: Array<[number, number]>) => ({ mode: 'nat' as const, mac: '', forwards: forwards.map(([hostPort, guestPort]) => ({ protocol: 'tcp' as const, hostIp: '127.0.0.1', hostPort, guestPort })) });

describe('ports that lead to a guest on QEMU\'s own network', () => {
  it('are read from what QEMU prints, connections are none', () => {
    assert.deepEqual(parseUsernet(PRINTED), [
      { net: 'hostnet0', protocol: 'tcp', hostIp: '127.0.0.1', hostPort: 40_001, guestPort: 22 },
      { net: 'hostnet2', protocol: 'udp', hostIp: '0.0.0.0', hostPort: 40_002, guestPort: 53 },
    ]);
    assert.deepEqual(parseUsernet('user mode network not in use\r\n'), []);
  });
  it('are added and removed card by card, and left alone when they are there', () => {
    assert.deepEqual(forwardLines([nat([40_001, 22])], parseUsernet(PRINTED)), { remove: ['hostfwd_remove hostnet2 udp:0.0.0.0:40002'], add: [] });
    assert.deepEqual(forwardLines([nat([40_001, 80]), nat([40_003, 22])], []), { remove: [], add: [{ line: 'hostfwd_add hostnet0 tcp:127.0.0.1:40001-:80', port: 40_001 }, { line: 'hostfwd_add hostnet1 tcp:127.0.0.1:40003-:22', port: 40_003 }] });
  });
});
