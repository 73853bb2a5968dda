// What cloud-init reads on the seed disk.
import assert from 'node:assert/strict';
import { seedFiles } from './seed-files.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBvNQ2xE6bWrKMRCjTMwbVV1Wvt9mO2MSjTeBpVrE8yQ anna@school';
const of = (seed: Partial<Parameters<typeof seedFiles>[1]>) => seedFiles('ins-00000001', { hostname: null, user: null, passwordHash: null, sshKeys: [], userData: null, ...seed });
const config = (text: string): unknown => {
  assert.ok(text.startsWith('#cloud-config\n'));
  return JSON.parse(text.slice(14));
};

describe('the files of a seed', () => {
  it('name the host, and give the image’s own account its password and keys', () => {
    const files = of({ hostname: 'web-1', passwordHash: '$6$a$b', sshKeys: [KEY] });
    assert.deepEqual(JSON.parse(files['meta-data']), { 'instance-id': 'ins-00000001', 'local-hostname': 'web-1', 'public-keys': [KEY] });
    assert.deepEqual(config(files['vendor-data']), { preserve_hostname: false, password: '$6$a$b', ssh_pwauth: true, chpasswd: { expire: false } });
  });
  it('make an account of another name with them, beside the image’s own', () => {
    const files = of({ user: 'anna', sshKeys: [KEY] });
    assert.deepEqual(JSON.parse(files['meta-data']), { 'instance-id': 'ins-00000001' });
    assert.deepEqual(config(files['vendor-data']), { users: ['default', { name: 'anna', shell: '/bin/bash', sudo: 'ALL=(ALL) NOPASSWD:ALL', lock_passwd: true, ssh_authorized_keys: [KEY] }] });
  });
  it('carry the user-data as it was written, and are all there also when there is none', () => {
    assert.equal(of({ userData: '#!/bin/sh\necho "課"' })['user-data'], '#!/bin/sh\necho "課"');
    assert.deepEqual(config(of({})['user-data']), {});
    assert.deepEqual(Object.keys(of({})), ['meta-data', 'user-data', 'vendor-data']);
  });
});
