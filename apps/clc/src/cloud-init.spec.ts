// What is kept of a password is its hash; what is shown is that there is one; a change touches only what it names.
import assert from 'node:assert/strict';
import { CloudInit, HostName, USER_DATA_BYTES } from '@educloud/contracts';
import { verify } from 'unixcrypt';
import { seedOfNth, seedView, seedWith } from './cloud-init.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBvNQ2xE6bWrKMRCjTMwbVV1Wvt9mO2MSjTeBpVrE8yQ anna@school';

describe('what a guest is told at its first start', () => {
  it('keeps of a password only a salted hash, and shows none of it', () => {
    const seed = seedWith(null, { hostname: 'web-1', password: 'pass: "wörd"', sshKeys: [KEY], userData: '#!/bin/sh\n' });
    assert.ok(seed?.passwordHash?.startsWith('$6$') && verify('pass: "wörd"', seed.passwordHash));
    assert.notEqual(seedWith(null, { password: 'pass: "wörd"' })?.passwordHash, seed?.passwordHash);
    assert.deepEqual(seedView(seed), { hostname: 'web-1', user: null, hasPassword: true, sshKeys: 1, userDataBytes: 10 });
  });
  it('is changed only in what is named; null takes out, and of nothing nothing is kept', () => {
    const seed = seedWith(null, { hostname: 'a', password: 'x', sshKeys: [KEY] });
    assert.deepEqual(seedWith(seed, { hostname: 'b' }), { ...seed, hostname: 'b' });
    assert.deepEqual(seedWith(seed, { password: null })?.passwordHash, null);
    assert.equal(seedWith(seed, { hostname: null, password: null, sshKeys: [] }), null);
    assert.equal(seedWith(seed, null), null);
    assert.equal(seedWith(null, {}), null);
  });
  it('has another host name for each of several, none of them too long', () => {
    const of = (hostname: string | null, n: number): string | null => seedOfNth({ hostname, user: null, passwordHash: null, sshKeys: [], userData: '#!' }, n).hostname;
    assert.deepEqual([of('web.school', 1), of('pc', 40), of(null, 2)], ['web-1.school', 'pc-40', null]);
    assert.ok(HostName.safeParse(of('x'.repeat(63), 1000)).success);
  });
  it('refuses what no guest could take: host names, accounts, passwords and keys with what does not belong there, and too much user-data', () => {
    const ok = (value: unknown): boolean => CloudInit.safeParse(value).success;
    for (const hostname of ['web', 'web-1.school.example', 'A1', 'x'.repeat(63)]) assert.ok(ok({ hostname }), hostname);
    for (const hostname of ['', '-web', 'web-', 'we b', 'web\n', 'web\nroot: x', 'web..x', 'x'.repeat(64), 'wéb', '$(id)', `${'a.'.repeat(126)}ab`]) assert.ok(!ok({ hostname }), JSON.stringify(hostname));
    for (const user of ['anna', '_a', 'a-b_1']) assert.ok(ok({ user }), user);
    for (const user of ['', 'Anna', '1a', 'a b', 'a:b', 'a\n', 'x'.repeat(33)]) assert.ok(!ok({ user }), JSON.stringify(user));
    for (const password of ['', 'a\nb', 'a\0', 'x'.repeat(129)]) assert.ok(!ok({ password }), JSON.stringify(password));
    assert.ok(ok({ password: ' :"\'\\$课 ' }));
    for (const sshKey of [KEY, `${KEY} `, KEY.split(' ').slice(0, 2).join(' ')]) assert.ok(ok({ sshKeys: [sshKey] }), sshKey);
    for (const sshKey of ['', 'ssh-ed25519', `${KEY}\nssh-rsa AAAA`, `command="x" ${KEY}`, KEY.replace('ssh-ed25519', 'ssh-rsa'), KEY.replace('AAAAC3', 'AAAAD3'), `ssh-ed25519 ${'A'.repeat(68)}`]) assert.ok(!ok({ sshKeys: [sshKey] }), sshKey);
    assert.ok(!ok({ sshKeys: Array.from({ length: 21 }, () => KEY) }));
    assert.ok(ok({ userData: 'x'.repeat(USER_DATA_BYTES) }));
    for (const userData of ['', 'x'.repeat(USER_DATA_BYTES + 1), '课'.repeat(USER_DATA_BYTES / 2), 'a\0b']) assert.ok(!ok({ userData }), `${userData.length}`);
    assert.ok(!ok({ other: 1 }));
  });
});
