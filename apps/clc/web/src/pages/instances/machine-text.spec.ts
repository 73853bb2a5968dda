import assert from 'node:assert/strict';
import type { InstanceView } from '@educloud/contracts';
import { changed } from '../changed.ts';
import { machineBy, machineText, USUAL_MACHINE } from './machine-text.ts';

const TIMETABLE = { afterMinutes: null, idleMinutes: 30, idleCpuPercent: 8, at: [{ days: ['fri' as const], time: '18:00' }], zone: 'Asia/Shanghai', warnMinutes: 5 };
const instance = {
  description: 'for maths', imageVersion: 3, diskGiB: 20, node: 'nc-1', cluster: null, cloudInit: { hostname: 'desk-1', user: null, hasPassword: true, sshKeys: 2, userDataBytes: 0 },
  lifetime: 'assigned', dataDiskGiB: 4, ownerGroup: null, autoStop: TIMETABLE, accessMode: 'console', placementPolicy: 'pack', startup: { bootFrom: 'network', bootMenuSeconds: 5, clipboard: true }, metrics: false, highAvailability: true, scale: { min: 1, max: 3 },
  nics: [{ mode: 'bridge', mac: null, ip: null, publicIp: null, asked: { mode: 'bridge', ip: '10.20.0.5', mac: '52:54:00:00:00:07' } }, { mode: 'nat', mac: null, ip: null, publicIp: null, asked: { mode: 'nat' } }], services: [{ name: 'ssh', port: 22, protocol: 'tcp' }, { name: 'dns', port: 53, protocol: 'udp' }],
} as unknown as InstanceView;
const now = machineText(instance);
const asked = (text = now): ReturnType<typeof machineBy> => changed(machineBy('vs', now, instance), machineBy('vs', text, instance));
const defined = (text: Partial<typeof USUAL_MACHINE>, kind: 'vs' | 'lvd' = 'vs'): ReturnType<typeof machineBy> => changed(machineBy(kind, USUAL_MACHINE), machineBy(kind, { ...USUAL_MACHINE, ...text }));

describe('what is typed about a machine', () => {
  it('asks for nothing where nothing was typed', () => {
    assert.deepEqual(asked(), {});
    assert.deepEqual(defined({}), {});
  });
  it('asks for what was changed alone, and takes out what was emptied', () => {
    assert.deepEqual(asked({ ...now, description: '', version: '', disk: '', dataDisk: '', stops: { ...now.stops, idle: '' }, place: { node: '', cluster: ' east ', group: 'school', policy: '' }, cards: { ...now.cards, services: 'ssh:22, web 8080' }, runtime: { ...now.runtime, copies: ['', ''], bootFrom: 'disk', bootMenu: '', clipboard: false } }), {
      description: '', imageVersion: 'latest', diskGiB: 0, dataDiskGiB: 0, autoStop: { ...TIMETABLE, idleMinutes: null }, node: null, cluster: 'east', ownerGroup: 'school', placementPolicy: null,
      services: [{ name: 'ssh', port: 22, protocol: 'tcp' }, { name: 'web', port: 8080, protocol: 'tcp' }], startup: null, scale: null,
    });
  });
  it('knows several cards, each with its addresses', () => {
    const [bridge, nat] = now.cards.cards;
    assert.deepEqual(asked({ ...now, cards: { ...now.cards, cards: [{ ...bridge!, ip: '' }, nat!] } }), { nics: [{ mode: 'bridge', mac: '52:54:00:00:00:07' }, { mode: 'nat' }] });
    assert.deepEqual(defined({ cards: { services: '', cards: [{ mode: 'auto', ip: '', mac: '' }, { mode: 'bridge', ip: ' 10.20.0.9', mac: '52:54:00:AA:00:09' }] } }), { nics: [{ mode: 'auto' }, { mode: 'bridge', ip: '10.20.0.9', mac: '52:54:00:aa:00:09' }] });
  });
  it('knows the timetable; with its last rule shutting down by itself ends', () => {
    const at = [...TIMETABLE.at, { days: ['sat' as const, 'sun' as const], time: '12:30' }];
    assert.deepEqual(asked({ ...now, stops: { ...now.stops, at, zone: 'Europe/Berlin', warn: '0', idleCpu: '' } }).autoStop, { afterMinutes: null, idleMinutes: 30, at, zone: 'Europe/Berlin', warnMinutes: 0 });
    assert.equal(asked({ ...now, stops: { ...now.stops, at: [], idle: '' } }).autoStop, null);
    assert.deepEqual(defined({ stops: { ...USUAL_MACHINE.stops, after: '90' } }), { autoStop: { afterMinutes: 90, idleMinutes: null, at: [] } });
  });
  it('keeps what nobody can read back until it is replaced or taken out', () => {
    assert.deepEqual(asked({ ...now, told: { ...now.told, hostname: '', user: 'anna', userData: '#!/bin/sh\n' } }).cloudInit, { hostname: null, user: 'anna', userData: '#!/bin/sh\n' });
    assert.deepEqual(asked({ ...now, told: { ...now.told, sshKeys: 'ssh-rsa A\n\n ssh-rsa B ', without: ['password'] } }).cloudInit, { password: null, sshKeys: ['ssh-rsa A', 'ssh-rsa B'] });
    assert.deepEqual(defined({ told: { ...USUAL_MACHINE.told, hostname: 'web', password: 'x' } }), { cloudInit: { hostname: 'web', password: 'x' } });
  });
  it('leaves the system disk of a new one to its size until one is typed, also 0', () => assert.deepEqual([defined({}), defined({ disk: '0' }), defined({ disk: '30' })], [{}, { diskGiB: 0 }, { diskGiB: 30 }]));
  it('is of a local desktop its image and disk, and for whom it is', () => assert.deepEqual(defined({ place: { ...USUAL_MACHINE.place, group: ' school.lab-2 ', node: 'pc-1' }, version: '2', stops: { ...USUAL_MACHINE.stops, after: '5' } }, 'lvd'), { imageVersion: 2, ownerGroup: 'school.lab-2', node: 'pc-1' }));
});
