// Our binding of libvirt against its built-in test driver: no daemon, no guest, but the same C library, structs, threads and events.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openLibvirt, STOPPED_DETAIL, UNDEFINE, type Libvirt, type LibvirtEvent } from '@educloud/libvirt';
import { hasCode, isCloudError } from '@educloud/errors';
import { silentLog } from '@educloud/log';
import { until } from '../support/qemu-guest.ts';
import { loadNative, STRUCT_SIZES } from '../../libs/libvirt/src/native.ts';
import { workerFile } from '../../libs/libvirt/src/worker-file.ts';

const URI = 'test:///default';
const NAMESPACE = 'https://educloud.org/xmlns/instance/1';
const domainXml = (name: string, metadata = '') => `<domain type='test'><name>${name}</name><memory unit='MiB'>64</memory>${metadata}<os><type arch='i686'>hvm</type></os></domain>`;

describe('the libvirt binding', function () {
  this.timeout(30_000);
  let lv: Libvirt;
  before(async () => { lv = await openLibvirt({ uri: URI, log: silentLog() }); });
  after(() => lv.close());

  it('has C structs of the size of libvirt\'s', () => {
    const { koffi } = loadNative();
    for (const [name, size] of Object.entries(STRUCT_SIZES)) assert.equal(koffi.sizeof(name), size, name);
    assert.equal(koffi.offsetof('virTypedParameter', 'value'), 88);
  });

  it('has the sizes a C compiler gives them', function () {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'edu-structs-'));
    try {
      const c = path.join(dir, 's.c');
      writeFileSync(c, `#include <stdio.h>
struct e { int code, domain; char *message; int level; void *conn, *dom; char *s1, *s2, *s3; int i1, i2; void *net; };
struct n { char model[32]; unsigned long memory; unsigned cpus, mhz, nodes, sockets, cores, threads; };
struct i { unsigned char state; unsigned long max, mem; unsigned short cpus; unsigned long long time; };
struct p { char field[80]; int type; union { int i; unsigned ui; long long l; double d; char b; char *s; } value; };
struct r { void *dom; struct p *params; int nparams; };
int main(void) { printf("%zu %zu %zu %zu %zu", sizeof(struct e), sizeof(struct n), sizeof(struct i), sizeof(struct p), sizeof(struct r)); }`);
      if (spawnSync('cc', ['-o', path.join(dir, 's'), c]).status !== 0) this.skip();
      assert.deepEqual(spawnSync(path.join(dir, 's')).stdout.toString().split(' ').map(Number), Object.values(STRUCT_SIZES));
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('reads host facts, domains and statistics', async () => {
    assert.equal((await lv.version()).libvirt.split('.').length, 3);
    assert.ok((await lv.hostname()).length > 0);
    assert.equal((await lv.nodeInfo()).cpus, 16);
    assert.match(await lv.capabilities(), /<capabilities>/);
    assert.deepEqual((await lv.list(NAMESPACE)).filter((d) => d.name === 'test').map((d) => [d.state, d.metadata]), [['running', null]]);
    assert.equal((await lv.stats()).find((s) => s.name === 'test')?.values['state.state'], 1);
    assert.match(await lv.dumpXml('test'), /<name>test<\/name>/);
  });

  it('takes a domain through its life, reads its mark and undefines it', async () => {
    const xml = domainXml('ins-00000001', `<metadata><e:instance xmlns:e="${NAMESPACE}" tid="t"/></metadata>`);
    const { uuid } = await lv.define(xml);
    await lv.create('ins-00000001');
    assert.equal((await lv.state('ins-00000001')).state, 'running');
    const found = (await lv.list(NAMESPACE)).find((d) => d.name === 'ins-00000001');
    assert.equal(found?.uuid, uuid);
    assert.match(found?.metadata ?? '', /tid=.t./);
    await lv.suspend('ins-00000001');
    assert.equal((await lv.state('ins-00000001')).state, 'paused');
    await lv.resume('ins-00000001');
    await lv.destroy('ins-00000001');
    await lv.undefine('ins-00000001', UNDEFINE.MANAGED_SAVE | UNDEFINE.SNAPSHOTS_METADATA);
    await assert.rejects(lv.state('ins-00000001'), (e) => hasCode(e, 'NOT_FOUND'));
  });

  it('gives every caller its own error, also when many fail at once on several threads', async () => {
    const names = Array.from({ length: 200 }, (_, i) => `missing-${i}`);
    const results = await Promise.allSettled(names.map((name, i) => (i % 3 === 0 ? lv.define(`<domain><name>${name}</name></wrong>`) : i % 3 === 1 ? lv.state(name) : lv.hostname())));
    results.forEach((r, i) => {
      if (i % 3 === 2) return assert.equal(r.status, 'fulfilled');
      assert.ok(r.status === 'rejected' && isCloudError(r.reason));
      assert.equal(r.reason.code, i % 3 === 0 ? 'HYPERVISOR_FAILED' : 'NOT_FOUND');
      if (i % 3 === 1) assert.match(r.reason.message, new RegExp(`missing-${i}:`));
    });
  });

  it('reports a lifecycle event within 500 ms', async () => {
    const seen: LibvirtEvent[] = [];
    const off = lv.onEvent((e) => seen.push(e));
    await lv.define(domainXml('ins-00000002'));
    await lv.create('ins-00000002');
    const started = Date.now();
    await lv.destroy('ins-00000002');
    const stopped = await until('the event', () => seen.find((e) => e.event === 'stopped'), 500);
    assert.ok(Date.now() - started < 500);
    assert.equal(STOPPED_DETAIL[stopped.detail], 'destroyed');
    assert.equal(stopped.name, 'ins-00000002');
    off();
    await lv.undefine('ins-00000002', 0);
  });

  it('takes a picture of a screen', async () => {
    const { mime, bytes } = await lv.screenshot('test');
    assert.equal(mime, 'image/png');
    assert.deepEqual([...bytes.subarray(1, 4)], [...Buffer.from('PNG')]);
  });

  it('never blocks the main thread: the event loop turns on during 2,000 calls', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const begun = performance.now();
    await Promise.all(Array.from({ length: 2000 }, () => lv.list(NAMESPACE)));
    const tookMs = performance.now() - begun;
    clearInterval(timer);
    // A timer of 1 ms, on a machine that may be busy with other things: blocked it would not fire at all.
    assert.ok(turns > tookMs / 50, `${turns} turns in ${tookMs} ms`);
  });

  it('serves two clients in one process: libvirt has one event loop, both hear of it', async () => {
    const second = await openLibvirt({ uri: URI, log: silentLog() });
    const heard = [0, 0];
    const offs = [lv.onEvent(() => heard[0]!++), second.onEvent(() => heard[1]!++)];
    await second.define(domainXml('ins-00000003'));
    await until('events at both', () => heard[0]! > 0 && heard[1]! > 0, 2000);
    await second.undefine('ins-00000003', 0);
    offs.forEach((off) => off());
    await second.close();
    assert.equal((await lv.hostname()).length > 0, true);
  });

  it('says unavailable, retryably, when there is no libvirtd, and stays usable', async () => {
    const away = await openLibvirt({ uri: 'qemu+unix:///system?socket=/nonexistent/libvirt-sock', log: silentLog() });
    assert.equal(away.connection().connected, false);
    assert.match(away.connection().message, /nonexistent/);
    await assert.rejects(away.hostname(), (e) => hasCode(e, 'HYPERVISOR_UNAVAILABLE') && isCloudError(e) && e.retryable);
    await away.close();
  });

  it('finds its worker beside the source and beside the bundle', () => {
    assert.equal(workerFile('file:///x/libs/libvirt/src/worker-file.ts').href, 'file:///x/libs/libvirt/src/worker-under-tsx.mjs');
    assert.equal(workerFile('file:///x/dist/nc.js').href, 'file:///x/dist/libvirt-worker.js');
  });
});
