import assert from 'node:assert/strict';
import { OS_HARDWARE, type GuestHardware } from '@educloud/contracts';
import { hasCode } from '@educloud/errors';
import { consoleFromXml, serialFromXml } from './console-address.ts';
import { domainMac, domainUuid, parseOwnerMark } from './domain-identity.ts';
import { domainXml } from './domain-xml.ts';
import type { DomainSpec } from './interface.ts';
import { bootSector } from './kvm-self-test.ts';
import { domainEvent } from './libvirt.ts';
import { el, toXml } from './xml.ts';

const spec = (more: Partial<DomainSpec> = {}): DomainSpec => ({
  insId: 'ins-00000001', title: 't', tid: 'img-00000000:img-00000001:ins-00000001', memoryMiB: 512, cpus: 2, hardware: OS_HARDWARE.linux, disk: { path: '/d/a.qcow2', format: 'qcow2' }, mediaPath: null, ...more,
});
const env = { nodeId: 'nc-00000001', acceleration: 'tcg' as const, vncSocket: '/run/x.vnc', serialSocket: '/run/x.tty' };

describe('domain XML', () => {
  it('escapes every text and attribute', () => {
    assert.equal(toXml(el('a', { b: `<&>"'` }, `</a><b x="1">&'`)), '<a b="&lt;&amp;&gt;&quot;&apos;">&lt;/a&gt;&lt;b x=&quot;1&quot;&gt;&amp;&apos;</a>');
    const { xml } = domainXml(spec({ title: '</title><devices/>', disk: { path: `/d/'/><evil/>`, format: 'qcow2' } }), env);
    assert.ok(!xml.includes('<evil/>') && !xml.includes('<devices/>'));
  });
  it('refuses control characters, lone surrogates and line ends wherever they are', () => {
    for (const bad of ['\u0000', '\n', '\u001b', '\u007f', '\ud800', '\udc00x', '\uffff', '\u2028']) {
      assert.throws(() => domainXml(spec({ title: `a${bad}b` }), env), (e) => hasCode(e, 'BAD_REQUEST'));
      assert.throws(() => domainXml(spec({ mediaPath: `/a${bad}` }), env), (e) => hasCode(e, 'BAD_REQUEST'));
    }
    assert.ok(domainXml(spec({ title: '😀 中文 äöü' }), env).xml.includes('😀 中文 äöü'));
  });
  it('puts SATA guests on q35 and the others on pc, and boots the disk before the medium', () => {
    const windows = domainXml(spec({ hardware: OS_HARDWARE.windows, mediaPath: '/m.iso' }), env).xml;
    assert.match(windows, /machine="q35"/);
    assert.match(windows, /offset="localtime"/);
    assert.match(windows, /<target dev="sda" bus="sata"\/><boot order="1"\/>.*<target dev="sdb" bus="sata"\/><readonly\/><boot order="2"\/>/);
    assert.match(domainXml(spec({ hardware: OS_HARDWARE.other, mediaPath: '/m.iso' }), env).xml, /machine="pc".*dev="hda" bus="ide".*dev="hdc" bus="ide"/);
  });
  it('starts from the network of its first card when it is told to, then from its disk, and shows a menu', () => {
    const nics = [{ mode: 'nat' as const, mac: '52:54:00:00:00:01', forwards: [] }, { mode: 'nat' as const, mac: '52:54:00:00:00:02', forwards: [] }];
    const { xml, specHash } = domainXml(spec({ nics, mediaPath: '/m.iso', startup: { bootFrom: 'network', bootMenuSeconds: 5, clipboard: false } }), env);
    assert.match(xml, /hvm<\/type><bootmenu enable="yes" timeout="5000"\/><\/os>/);
    assert.match(xml, /dev="vda" bus="virtio"\/><boot order="2"\/>.*<readonly\/><boot order="3"\/>.*52:54:00:00:00:01"\/><model type="virtio"\/><boot order="1"\/><\/interface>/);
    assert.equal(xml.match(/<boot order/g)?.length, 3);
    const usual = domainXml(spec({ nics, mediaPath: '/m.iso' }), env);
    assert.notEqual(usual.specHash, specHash);
    assert.equal(domainXml(spec({ nics, mediaPath: '/m.iso', startup: { bootFrom: 'disk', bootMenuSeconds: 0, clipboard: false } }), env).specHash, usual.specHash);
  });
  it('has the seed in a CD drive of its own, which no system boots from', () => {
    assert.match(domainXml(spec({ hardware: OS_HARDWARE.windows, seedPath: '/s.iso' }), env).xml, /file="\/s.iso"\/><target dev="sdc" bus="sata"\/><readonly\/><\/disk>/);
    assert.match(domainXml(spec({ seedPath: '/s.iso' }), env).xml, /<target dev="hdd" bus="ide"\/><readonly\/><\/disk>/);
    assert.equal(domainXml(spec(), env).specHash, domainXml(spec({ seedPath: null }), env).specHash);
  });
  it('has the data disk behind the system disk, on the same bus, and does not boot from it', () => {
    for (const [hardware, name, bus] of [[OS_HARDWARE.linux, 'vdb', 'virtio'], [OS_HARDWARE.windows, 'sdd', 'sata'], [OS_HARDWARE.other, 'hdb', 'ide']] as const) {
      assert.match(domainXml(spec({ hardware, dataPath: '/data.qcow2', mediaPath: '/m.iso', seedPath: '/s.iso' }), env).xml, new RegExp(`<boot order="1"/></disk>.*<source file="/data.qcow2"/><target dev="${name}" bus="${bus}"/><serial>educloud-data</serial></disk>`));
    }
  });
  it('has the sound card of the OS type, with the controller that belongs to the board, and none is none', () => {
    const of = (hardware: Partial<GuestHardware>) => domainXml(spec({ hardware: { ...OS_HARDWARE.linux, ...hardware } }), env).xml;
    assert.doesNotMatch(of({}), /<sound/);
    assert.match(of({ audio: 'hda' }), /<sound model="ich6"\/>/);
    assert.match(of({ audio: 'hda', diskBus: 'sata' }), /machine="q35".*<sound model="ich9"\/>/);
    assert.match(of({ audio: 'ac97', nicModel: 'rtl8139', video: 'cirrus' }), /<model type="rtl8139"\/>.*<sound model="ac97"\/>.*<model type="cirrus"\/>/);
  });
  it('has a card of its own on QEMU\'s network, or exactly those it is given: with their MAC, on their bridge, by the tap that is guarded', () => {
    assert.match(domainXml(spec(), env).xml, new RegExp(`<interface type="user"><mac address="${domainMac('ins-00000001')}"/><model type="virtio"/></interface>`));
    const nics: DomainSpec['nics'] = [
      { mode: 'bridge', mac: '52:54:00:00:00:50', bridge: 'br0', ip: '10.8.0.50', tap: 'e00000001n0' },
      { mode: 'nat', mac: '52:54:00:00:00:51', forwards: [{ protocol: 'tcp', hostIp: '10.8.0.11', hostPort: 40_001, guestPort: 22 }] },
    ];
    const { xml, specHash } = domainXml(spec({ nics }), env);
    assert.match(xml, /<interface type="bridge" trustGuestRxFilters="no"><mac address="52:54:00:00:00:50"\/><source bridge="br0"\/><target dev="e00000001n0"\/><model type="virtio"\/><\/interface><interface type="user"><mac address="52:54:00:00:00:51"\/>/);
    assert.deepEqual(parseOwnerMark(xml)?.guards, [{ tap: 'e00000001n0', mac: '52:54:00:00:00:50', ip: '10.8.0.50' }]);
    assert.notEqual(domainXml(spec({ nics: [{ ...nics[0]!, ip: '10.8.0.51' } as never] }), env).specHash, specHash);
  });
  it('is of type kvm only where KVM works', () => {
    assert.match(domainXml(spec(), env).xml, /^<domain type="qemu">/);
    assert.match(domainXml(spec(), { ...env, acceleration: 'kvm' }).xml, /^<domain type="kvm">.*host-model/);
  });
  it('has a hash that follows the hardware and not the mark', () => {
    const hash = (s: DomainSpec, e = env) => domainXml(s, e).specHash;
    assert.equal(hash(spec()), hash(spec({ tid: 'other' })));
    assert.notEqual(hash(spec()), hash(spec({ memoryMiB: 513 })));
    const { xml, specHash } = domainXml(spec(), env);
    assert.deepEqual(parseOwnerMark(xml), { tid: spec().tid, nodeId: env.nodeId, spec: specHash });
    assert.equal(parseOwnerMark(null), null);
    assert.equal(parseOwnerMark('<x/>'), null);
  });
  it('derives the same UUID and MAC from an id, always, and others from other ids', () => {
    assert.equal(domainUuid('ins-00000001'), domainUuid('ins-00000001'));
    assert.notEqual(domainUuid('ins-00000001'), domainUuid('ins-00000002'));
    assert.match(domainUuid('ins-00000001'), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.match(domainMac('ins-00000001'), /^52:54:00(:[0-9a-f]{2}){3}$/);
  });
  it('has a serial port at a socket of its own, and its log where it is wanted', () => {
    assert.match(domainXml(spec(), env).xml, /<serial type="unix"><source mode="bind" path="\/run\/x.tty"\/><\/serial>/);
    const { xml } = domainXml(spec({ serialLog: '/i/serial/log' }), env);
    assert.match(xml, /<serial type="unix"><source mode="bind" path="\/run\/x.tty"\/><log file="\/i\/serial\/log" append="on"\/><\/serial>/);
    assert.deepEqual(serialFromXml(xml), { path: '/run/x.tty' });
    assert.deepEqual(serialFromXml(`<disk><serial>educloud-data</serial></disk><serial type='unix'>\n  <source mode='bind' path='/a&amp;b'/></serial>`), { path: '/a&b' });
    assert.equal(serialFromXml(`<serial type='pty'><source path='/dev/pts/3'/></serial><channel type='unix'><source mode='bind' path='/agent'/></channel>`), null);
  });
  it('carries the clipboard of the screen', () => {
    assert.doesNotMatch(domainXml(spec(), env).xml, /vdagent/);
    assert.match(domainXml(spec({ startup: { bootFrom: 'disk', bootMenuSeconds: 0, clipboard: true } }), env).xml, /<channel type="qemu-vdagent"><source><clipboard copypaste="yes"\/><\/source><target type="virtio" name="com.redhat.spice.0"\/><\/channel>/);
  });
  it('finds the console in the live XML: a socket, or a port on this machine only', () => {
    assert.deepEqual(consoleFromXml(`<graphics type='vnc' socket='/a&amp;b'><listen type='socket' socket='/a&amp;b'/></graphics>`), { path: '/a&b' });
    assert.deepEqual(consoleFromXml(`<graphics type='vnc' port='5900' listen='0.0.0.0'/>`), { host: '127.0.0.1', port: 5900 });
    assert.equal(consoleFromXml(`<graphics type='vnc' port='-1'/>`), null);
    assert.equal(consoleFromXml(`<graphics type='spice' port='5900'/>`), null);
  });
  it('tells a power-off by the guest from one by us, from a crash and from a full disk', () => {
    const of = (event: 'stopped' | 'suspended' | 'defined', detail: number) => domainEvent({ name: 'ins-00000001', uuid: '', event, detail });
    assert.deepEqual([0, 1, 2, 5].map((d) => of('stopped', d)?.reason), ['shutdown', 'destroyed', 'crashed', 'failed']);
    assert.equal(of('suspended', 2)?.reason, 'io-error');
    assert.equal(of('defined', 0), null);
  });
  it('has a boot sector of 512 bytes with its signature', () => {
    assert.equal(bootSector().length, 512);
    assert.equal(bootSector().readUInt16LE(510), 0xaa55);
  });
});
