import assert from 'node:assert/strict';
import type { InstanceView } from '@educloud/contracts';
import { changed } from '../changed.ts';
import { machineBy, machineText, USUAL_MACHINE } from './machine-text.ts';

const TIMETABLE = { afterMinutes: null, idleMinutes: 30, idleCpuPercent: 8, at: [{ days: ['fri' as const], time: '18:00' }], zone: 'Asia/Shanghai', warnMinutes: 5 };
const instance = {
  lifetime: 'assigned', dataDiskGiB: 4, ownerGroup: null, autoStop: TIMETABLE, accessMode: 'console', placementPolicy: 'pack', startup: { bootFrom: 'network', bootMenuSeconds: 5, clipboard: true }, metrics: false, highAvailability: true, scale: { min: 1, max: 3 },
  nics: [{ mode: 'bridge', mac: null, ip: null, publicIp: null, asked: { mode: 'bridge', ip: '10.20.0.5', mac: '52:54:00:00:00:07' } }, { mode: 'nat', mac: null, ip: null, publicIp: null, asked: { mode: 'nat' } }], services: [{ name: 'ssh', port: 22, protocol: 'tcp' }, { name: 'dns', port: 53, protocol: 'udp' }],
} as unknown as InstanceView;
const asked = (text = machineText(instance)): ReturnType<typeof machineBy> => changed(machineBy('vs', machineText(instance), instance), machineBy('vs', text, instance));

describe('what is typed about a machine', () => {
  it('asks for nothing where nothing was typed', () => {
    assert.deepEqual(asked(), {});
    assert.deepEqual(changed(machineBy('rvd', USUAL_MACHINE), machineBy('rvd', USUAL_MACHINE)), {});
  });
  it('asks for what was changed alone, and takes out what was emptied', () => {
    const now = machineText(instance);
    assert.deepEqual(asked({ ...now, dataDisk: '', stopIdle: '', cards: { ...now.cards, services: 'ssh:22, web 8080' }, runtime: { ...now.runtime, policy: '', copies: ['', ''], bootFrom: 'disk', bootMenu: '', clipboard: false } }), {
      dataDiskGiB: 0, autoStop: { ...TIMETABLE, idleMinutes: null }, services: [{ name: 'ssh', port: 22, protocol: 'tcp' }, { name: 'web', port: 8080, protocol: 'tcp' }], placementPolicy: null, startup: null, scale: null,
    });
  });
  it('keeps the other cards, and the hardware address of the first', () => {
    const now = machineText(instance);
    assert.deepEqual(asked({ ...now, cards: { ...now.cards, ip: '' } }), { nics: [{ mac: '52:54:00:00:00:07', mode: 'bridge' }, { mode: 'nat' }] });
  });
  it('keeps the timetable, and takes the last rule out with the last number', () => {
    assert.deepEqual(machineBy('rvd', { ...USUAL_MACHINE, stopAfter: '90' }, instance).autoStop, { ...TIMETABLE, afterMinutes: 90, idleMinutes: null });
    assert.equal(machineBy('rvd', USUAL_MACHINE, { nics: [], autoStop: { ...TIMETABLE, at: [] } }).autoStop, null);
  });
  it('is of a local desktop its disk and for whom it is', () => assert.deepEqual(machineBy('lvd', { ...USUAL_MACHINE, group: ' school.lab-2 ' }), { lifetime: 'persistent', ownerGroup: 'school.lab-2' }));
});
