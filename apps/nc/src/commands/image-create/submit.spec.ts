// flattenDisk when the node was cut off in the middle: its note is believed only when it is whole and the disk is still the same.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Deps } from '../../deps.ts';
import { nodePaths } from '../../paths.ts';
import { submitJobs } from './submit.ts';

const INS = 'ins-00000001';
const FLAT = { sizeBytes: 4, virtualSizeBytes: 512, sha256: 'a'.repeat(64) };

describe('flattening on the node', () => {
  let dir = '';
  beforeEach(async () => { dir = await mkdtemp(path.join(os.tmpdir(), 'edu-flat-')); });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('is done again when its note was torn by a power cut, and not when it is whole', async () => {
    const paths = nodePaths(dir);
    await mkdir(paths.instance(INS), { recursive: true });
    await writeFile(paths.disk(INS), 'disk');
    await writeFile(paths.flat(INS), 'flat');
    await writeFile(paths.flatNote(INS), '{"madeFrom":"4:1');
    let flattened = 0;
    const deps = { paths, hypervisor: { state: async () => 'shutoff' }, disks: { flatten: async () => { flattened += 1; return FLAT; } } } as unknown as Deps;
    const job = submitJobs(deps).find((j) => j.job === 'flattenDisk');
    const work = { signal: new AbortController().signal, progress: () => undefined } as never;
    const params = { insId: INS, maxVirtualBytes: 1024 } as never;
    assert.deepEqual(await job?.do(params, work), FLAT);
    assert.deepEqual(await job?.do(params, work), FLAT);
    assert.equal(flattened, 1);
    assert.deepEqual((JSON.parse(await readFile(paths.flatNote(INS), 'utf8')) as { flat: object }).flat, FLAT);
  });
});
