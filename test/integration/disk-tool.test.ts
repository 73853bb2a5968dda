// One contract for the disk port, on qemu-img and on the fake; then what only qemu-img can show. And the KVM self-test under TCG.
import { inWords } from '@educloud/contracts';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, promises as fs, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { hasCode, isCloudError } from '@educloud/errors';
import { inspectImage } from '@educloud/images';
import { createFakeDisks } from '../../apps/nc/src/drivers/disk/fake.ts';
import type { FreeSpace } from '../../apps/nc/src/drivers/disk/free-space.ts';
import type { DiskTool } from '../../apps/nc/src/drivers/disk/interface.ts';
import { loadDiskTool } from '../../apps/nc/src/drivers/disk/load.ts';
import { createQemuImgDisks } from '../../apps/nc/src/drivers/disk/qemu-img.ts';
import { kvmSelfTest, runBootSector } from '../../apps/nc/src/drivers/hypervisor/kvm-self-test.ts';

const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
const MiB = 1024 * 1024;
const LIMIT = 1024 ** 4;
const quiet = { signal: new AbortController().signal, onProgress: () => undefined };

function contract(make: (freeSpace?: FreeSpace) => DiskTool): void {
  let dir: string;
  let base: string;
  const at = (name: string): string => path.join(dir, name);
  beforeEach(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'edu-disk-'));
    base = at('base.qcow2');
    const raw = at('base.raw');
    execFileSync('sh', ['-c', 'head -c 20971520 /dev/urandom > "$1" && truncate -s 64M "$1"', 'sh', raw]);
    execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, base]);
    rmSync(raw);
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const noParts = (): void => assert.deepEqual(readdirSync(dir).filter((f) => f.endsWith('.part')), []);

  it('makes an overlay of its base, twice, and leaves the base as it was', async () => {
    const before = sha256(base);
    const disks = make();
    for (let i = 0; i < 2; i++) assert.equal((await disks.ensureOverlay({ path: at('o.qcow2'), basePath: base, baseFormat: 'qcow2' })).virtualSizeBytes, 64 * MiB);
    assert.equal(sha256(base), before);
    noParts();
  });
  it('makes an overlay larger than its base where one is wanted, sound for qemu-img, and never a smaller one', async () => {
    const disks = make();
    for (let i = 0; i < 2; i++) assert.equal((await disks.ensureOverlay({ path: at('o.qcow2'), basePath: base, baseFormat: 'qcow2', sizeBytes: 5 * 1024 * MiB })).virtualSizeBytes, 5 * 1024 * MiB);
    assert.equal((await disks.ensureOverlay({ path: at('s.qcow2'), basePath: base, baseFormat: 'qcow2', sizeBytes: MiB })).virtualSizeBytes, 64 * MiB);
    const made = JSON.parse(execFileSync('qemu-img', ['info', '--output=json', at('o.qcow2')], { encoding: 'utf8' })) as { 'virtual-size': number };
    assert.equal(made['virtual-size'], 5 * 1024 * MiB);
    execFileSync('qemu-img', ['check', '-q', at('o.qcow2')]);
    noParts();
  });
  it('makes a qcow2 of a raw base too, with the same content', async () => {
    const disks = make();
    execFileSync('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', base, at('base.raw')]);
    assert.equal((await disks.ensureOverlay({ path: at('o.qcow2'), basePath: at('base.raw'), baseFormat: 'raw' })).virtualSizeBytes, 64 * MiB);
    await disks.flatten({ path: at('o.qcow2'), target: at('flat.qcow2'), maxVirtualBytes: LIMIT, ...quiet });
    execFileSync('qemu-img', ['check', '-q', '-f', 'qcow2', at('flat.qcow2')]);
    execFileSync('qemu-img', ['compare', '-q', '-f', 'raw', '-F', 'qcow2', at('base.raw'), at('flat.qcow2')]);
  });
  it('leaves nothing beside the files it was asked for', async () => {
    const disks = make();
    await disks.ensureOverlay({ path: at('o.qcow2'), basePath: base, baseFormat: 'qcow2' });
    await disks.flatten({ path: at('o.qcow2'), target: at('flat.qcow2'), maxVirtualBytes: LIMIT, ...quiet });
    assert.deepEqual(readdirSync(dir).sort(), ['base.qcow2', 'flat.qcow2', 'o.qcow2']);
  });
  it('makes disks that nobody else on the node can read, whatever the umask', async () => {
    const umask = process.umask(0);
    try {
      const disks = make();
      await disks.ensureOverlay({ path: at('o.qcow2'), basePath: base, baseFormat: 'qcow2' });
      await disks.ensureBlank({ path: at('b.qcow2'), sizeBytes: MiB });
      await disks.flatten({ path: at('o.qcow2'), target: at('flat.qcow2'), maxVirtualBytes: LIMIT, ...quiet });
    } finally {
      process.umask(umask);
    }
    for (const name of ['o.qcow2', 'b.qcow2', 'flat.qcow2']) assert.equal((await fs.stat(at(name))).mode & 0o777, 0o600, name);
  });
  it('keeps what a guest wrote when the overlay is asked for again', async () => {
    const disks = make();
    await disks.ensureOverlay({ path: at('o.qcow2'), basePath: base, baseFormat: 'qcow2' });
    execFileSync('qemu-io', ['-c', 'write -P 7 0 64k', at('o.qcow2')], { stdio: 'ignore' });
    const edited = sha256(at('o.qcow2'));
    await disks.ensureOverlay({ path: at('o.qcow2'), basePath: base, baseFormat: 'qcow2' });
    assert.equal(sha256(at('o.qcow2')), edited);
  });
  it('refuses an overlay that is there on another base, without touching it', async () => {
    const disks = make();
    await fs.copyFile(base, at('other.qcow2'));
    await disks.ensureOverlay({ path: at('o.qcow2'), basePath: at('other.qcow2'), baseFormat: 'qcow2' });
    const before = sha256(at('o.qcow2'));
    await assert.rejects(disks.ensureOverlay({ path: at('o.qcow2'), basePath: base, baseFormat: 'qcow2' }), (e) => hasCode(e, 'DISK_TOOL_FAILED'));
    assert.equal(sha256(at('o.qcow2')), before);
  });
  it('makes an empty disk, twice, and refuses one of another size', async () => {
    const disks = make();
    for (let i = 0; i < 2; i++) assert.equal((await disks.ensureBlank({ path: at('b.qcow2'), sizeBytes: 10 * 1024 * MiB })).virtualSizeBytes, 10 * 1024 * MiB);
    assert.equal((await inspectImage(at('b.qcow2'), { declaredFormat: 'qcow2', maxVirtualBytes: LIMIT })).virtualSizeBytes, 10 * 1024 * MiB);
    execFileSync('qemu-img', ['check', '-q', at('b.qcow2')]);
    await assert.rejects(disks.ensureBlank({ path: at('b.qcow2'), sizeBytes: MiB }), (e) => hasCode(e, 'DISK_TOOL_FAILED'));
  });
  it('lets an empty disk grow where that is wanted, twice, with what is on it', async () => {
    const disks = make();
    await disks.ensureBlank({ path: at('d.qcow2'), sizeBytes: 16 * MiB });
    for (let i = 0; i < 2; i++) assert.equal((await disks.ensureBlank({ path: at('d.qcow2'), sizeBytes: 32 * MiB, grows: true })).virtualSizeBytes, 32 * MiB);
    await assert.rejects(disks.ensureBlank({ path: at('d.qcow2'), sizeBytes: 16 * MiB, grows: true }), (e) => hasCode(e, 'DISK_TOOL_FAILED'));
    execFileSync('qemu-img', ['check', '-q', '-f', 'qcow2', at('d.qcow2')]);
    noParts();
  });
  it('flattens to a standalone image with its hash, over a partial file left by a crash, with progress that never goes back', async () => {
    const disks = make();
    await disks.ensureOverlay({ path: at('o.qcow2'), basePath: base, baseFormat: 'qcow2' });
    execFileSync('qemu-io', ['-c', 'write -P 9 1M 1M', at('o.qcow2')], { stdio: 'ignore' });
    const overlay = sha256(at('o.qcow2'));
    await fs.writeFile(at('flat.qcow2.part'), 'rest of a crash');
    const seen: number[] = [];
    const result = await disks.flatten({ path: at('o.qcow2'), target: at('flat.qcow2'), maxVirtualBytes: LIMIT, signal: quiet.signal, onProgress: (done, total) => seen.push(done / total) });
    assert.equal(result.sha256, sha256(at('flat.qcow2')));
    assert.equal(result.virtualSizeBytes, 64 * MiB);
    assert.equal((await fs.stat(at('flat.qcow2'))).size, result.sizeBytes);
    assert.ok(seen.length > 1 && seen.every((v, i) => v <= 1 && (i === 0 || v >= (seen[i - 1] ?? 0))), seen.join(' '));
    assert.equal(seen.at(-1), 1);
    await inspectImage(at('flat.qcow2'), { declaredFormat: 'qcow2', maxVirtualBytes: LIMIT });
    execFileSync('qemu-img', ['compare', '-q', '-f', 'qcow2', '-F', 'qcow2', at('o.qcow2'), at('flat.qcow2')]);
    assert.equal(sha256(at('o.qcow2')), overlay);
    noParts();
  });
  it('says DISK_FULL with what is missing before it starts, and keeps the edited disk', async () => {
    await make().ensureOverlay({ path: at('o.qcow2'), basePath: base, baseFormat: 'qcow2' });
    await assert.rejects(make(async () => MiB).flatten({ path: at('o.qcow2'), target: at('flat.qcow2'), maxVirtualBytes: LIMIT, ...quiet }), (e) => {
      assert.ok(isCloudError(e) && e.code === 'DISK_FULL' && e.data?.['where'] === dir && Number(e.data['missingBytes']) > 20 * MiB);
      return true;
    });
    assert.ok(existsSync(at('o.qcow2')) && !existsSync(at('flat.qcow2')));
    noParts();
  });
  it('stops at once when cancelled, and leaves no partial file', async () => {
    const disks = make();
    await disks.ensureOverlay({ path: at('o.qcow2'), basePath: base, baseFormat: 'qcow2' });
    const control = new AbortController();
    await assert.rejects(disks.flatten({ path: at('o.qcow2'), target: at('flat.qcow2'), maxVirtualBytes: LIMIT, signal: control.signal, onProgress: () => control.abort() }), (e) => hasCode(e, 'CANCELLED'));
    assert.ok(!existsSync(at('flat.qcow2')));
    noParts();
  });
}

describe('a medium of files', () => {
  it('is found by its label, has them with their long names, is for its owner alone, and replaces what was there', async () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'edu-medium-'));
    try {
      const medium = path.join(dir, 'seed.iso');
      const disks = createQemuImgDisks({ inspect: inspectImage });
      await disks.makeMedium({ path: medium, label: 'cidata', files: { 'meta-data': 'old' } });
      const files = { 'meta-data': '{"instance-id": "x"}\n', 'user-data': `#!/bin/sh\n${'课'.repeat(20_000)}`, 'vendor-data': '' };
      await disks.makeMedium({ path: medium, label: 'cidata', files });
      assert.deepEqual(readdirSync(dir), ['seed.iso']);
      assert.equal((await fs.stat(medium)).mode & 0o777, 0o600);
      execFileSync('xorriso', ['-osirrox', 'on', '-indev', medium, '-extract', '/', path.join(dir, 'read')], { stdio: 'ignore' });
      for (const [name, text] of Object.entries(files)) assert.equal(readFileSync(path.join(dir, 'read', name), 'utf8'), text);
      assert.match(execFileSync('blkid', ['-p', medium], { encoding: 'utf8' }), /LABEL="cidata".*TYPE="iso9660"/);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe('disks through qemu-img', function () {
  this.timeout(30_000);
  contract((freeSpace) => loadDiskTool({ kind: 'qemu-img', inspect: inspectImage, ...(freeSpace ? { freeSpace } : {}) }));

  describe('and only there', () => {
    let dir: string;
    const at = (name: string): string => path.join(dir, name);
    beforeEach(() => { dir = mkdtempSync(path.join(os.tmpdir(), 'edu-disk-')); });
    afterEach(() => rmSync(dir, { recursive: true, force: true }));
    const make = (baseDirs?: string[]): DiskTool => createQemuImgDisks({ inspect: inspectImage, ...(baseDirs ? { baseDirs } : {}) });

    it('clones 64 GiB in well under 200 ms', async () => {
      execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', at('base'), '64G']);
      const times: number[] = [];
      for (let i = 0; i < 5; i++) {
        const start = performance.now();
        await make().ensureOverlay({ path: at(`o${i}`), basePath: at('base'), baseFormat: 'qcow2' });
        times.push(performance.now() - start);
      }
      const median = times.sort((a, b) => a - b)[2] ?? NaN;
      console.log(`      clone, median of 5: ${median.toFixed(0)} ms`);
      assert.ok(median < 200);
    });
    it('makes the overlay that qemu-img would have made, as qemu-img sees it', async () => {
      execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', at('base'), '3G']);
      writeFileSync(at('raw'), Buffer.alloc(MiB, 7));
      const seen = (file: string): unknown => ({ ...(JSON.parse(execFileSync('qemu-img', ['info', '--output', 'json', '-f', 'qcow2', file], { encoding: 'utf8' })) as object), filename: '', 'actual-size': 0 });
      for (const [base, format, sizeBytes] of [['base', 'qcow2', 0], ['base', 'qcow2', 20 * 2 ** 40], ['raw', 'raw', 0]] as const) {
        const [ours, theirs] = [at(`ours-${sizeBytes}-${base}`), at(`theirs-${sizeBytes}-${base}`)];
        await make().ensureOverlay({ path: ours, basePath: at(base), baseFormat: format, sizeBytes });
        execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', format, '-b', at(base), theirs, ...(sizeBytes > 0 ? [String(sizeBytes)] : [])]);
        assert.deepEqual(seen(ours), seen(theirs));
        execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 9 0 1M', ours], { stdio: 'ignore' });
        execFileSync('qemu-img', ['check', '-q', '-f', 'qcow2', ours]);
      }
    });
    it('leaves out what the guest zeroed or trimmed', async () => {
      execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', at('base'), '64M']);
      execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 1 0 32M', at('base')], { stdio: 'ignore' });
      await make().ensureOverlay({ path: at('o'), basePath: at('base'), baseFormat: 'qcow2' });
      execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 0 0 16M', '-c', 'write -z 16M 8M', at('o')], { stdio: 'ignore' });
      const { sizeBytes } = await make().flatten({ path: at('o'), target: at('flat'), maxVirtualBytes: LIMIT, ...quiet });
      assert.ok(sizeBytes < 9 * MiB, String(sizeBytes));
    });
    it('refuses a disk whose base lies outside of the image cache, before qemu-img reads it', async () => {
      execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', at('base'), '1M']);
      execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', at('base'), at('o')]);
      await assert.rejects(make([at('cache')]).flatten({ path: at('o'), target: at('flat'), maxVirtualBytes: LIMIT, ...quiet }), (e) => hasCode(e, 'IMAGE_BACKING_FILE'));
    });
    it('refuses a disk larger than allowed', async () => {
      await make().ensureBlank({ path: at('b'), sizeBytes: 100 * MiB });
      await assert.rejects(make().flatten({ path: at('b'), target: at('flat'), maxVirtualBytes: MiB, ...quiet }), (e) => hasCode(e, 'IMAGE_TOO_BIG'));
    });
    it('says DISK_FULL when the disk fills up in the middle, removes the partial file and keeps the edited disk', async function () {
      if (process.getuid?.() !== 0) this.skip();
      await fs.mkdir(at('small'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8M', 'small', at('small')]);
      try {
        execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', at('o'), '64M']);
        execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 1 0 32M', at('o')], { stdio: 'ignore' });
        let asked = 0; // plenty when asked before the start, the truth afterwards
        const disks = createQemuImgDisks({ inspect: inspectImage, freeSpace: async () => (asked++ === 0 ? LIMIT : 8 * MiB) });
        await assert.rejects(disks.flatten({ path: at('o'), target: at('small/flat'), maxVirtualBytes: LIMIT, ...quiet }), (e) => {
          assert.ok(isCloudError(e) && e.code === 'DISK_FULL' && Number(e.data?.['missingBytes']) > MiB && e.data?.['where'] === at('small'), String(e));
          return true;
        });
        assert.deepEqual(readdirSync(at('small')), []);
        assert.ok(existsSync(at('o')));
      } finally {
        execFileSync('umount', [at('small')]);
      }
    });
  });
});

describe('disks without qemu-img (fake)', function () {
  this.timeout(30_000);
  // The fake's overlay is a copy: contract cases that compare through qemu-img hold for it as well.
  contract((freeSpace) => createFakeDisks(freeSpace ? { freeSpace } : {}));
  it('names the node where space is missing', async () => {
    const disks = createFakeDisks({ freeSpace: async () => 0, node: 'nc-7' });
    await assert.rejects(disks.ensureBlank({ path: path.join(os.tmpdir(), 'never-made.qcow2'), sizeBytes: MiB }), (e) => isCloudError(e) && e.message.includes(`nc-7:${os.tmpdir()}`) && /\d+ MiB more are needed/.test(e.message));
  });
});

describe('the KVM self-test', function () {
  this.timeout(20_000);
  const dir = mkdtempSync(path.join(os.tmpdir(), 'edu-kvm-'));
  after(() => rmSync(dir, { recursive: true, force: true }));

  it('has a boot sector that QEMU runs', async () => {
    assert.equal(await runBootSector({ accel: 'tcg', qemu: 'qemu-system-x86_64', dir, limitMs: 15_000 }), true);
  });
  it('is over in time whatever /dev/kvm is like, and says why guests run under TCG', async () => {
    const verdict = await kvmSelfTest({ dir, limitMs: 1000 });
    assert.ok(verdict.usable || /TCG/.test(inWords(verdict.why, 'en')), inWords(verdict.why, 'en'));
    console.log(`      here: ${inWords(verdict.why, 'en')}`);
  });
  it('says that the device is missing', async () => {
    const verdict = await kvmSelfTest({ dir, device: path.join(dir, 'kvm') });
    assert.equal(verdict.usable, false);
    assert.match(inWords(verdict.why, 'en'), /not there/);
  });
});
