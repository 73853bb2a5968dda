// Image files that must not get in: refused with a code, exit code 9, and nothing of them kept; and uploads that break off.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { eventually } from '../../support/eventually.ts';
import { nothingIsLeft } from '../../support/leftovers.ts';
import { assertProblem } from './requests.suite.ts';
import { MIB, type Scene } from './scene.ts';

/** Writes into the header of a sound image. */
type Spoil = (image: Buffer) => Buffer;
const at = (write: (image: Buffer) => void): Spoil => (image) => { const copy = Buffer.from(image); write(copy); return copy; };
const named = (offsetField: number, text: string): Spoil => at((image) => {
  image.writeBigUInt64BE(1024n, offsetField);
  image.writeUInt32BE(text.length, offsetField + 8);
  image.write(text, 1024, 'latin1');
});

const SPOILT: Record<string, { code: string; spoil: Spoil; format?: 'raw' | 'qcow2' | 'iso' }> = {
  'a backing file': { code: 'IMAGE_BACKING_FILE', spoil: named(8, '/etc/shadow') },
  'a backing file behind a protocol': { code: 'IMAGE_BACKING_FILE', spoil: named(8, 'json:{"driver":"nbd","host":"x"}') },
  'an external data file': { code: 'IMAGE_DATA_FILE', spoil: at((image) => image.writeBigUInt64BE(4n, 72)) },
  'unknown feature bits': { code: 'IMAGE_FEATURES_UNKNOWN', spoil: at((image) => image.writeBigUInt64BE(1n << 40n, 72)) },
  'a giant virtual size': { code: 'IMAGE_TOO_BIG', spoil: at((image) => image.writeBigUInt64BE(1n << 60n, 24)) },
  'a damaged header': { code: 'IMAGE_CORRUPT', spoil: at((image) => image.writeUInt32BE(63, 20)) },
  'another format than declared: raw for qcow2': { code: 'IMAGE_FORMAT_MISMATCH', spoil: (image) => image, format: 'raw' },
  'another format than declared: qcow2 for noise': { code: 'IMAGE_FORMAT_MISMATCH', spoil: () => randomBytes(300_000), format: 'qcow2' },
  'another format than declared: a medium that is none': { code: 'IMAGE_FORMAT_MISMATCH', spoil: () => randomBytes(300_032), format: 'iso' },
  'a format that is not taken': { code: 'IMAGE_FORMAT_', spoil: () => Buffer.concat([Buffer.from('KDMV'), randomBytes(300_000)]), format: 'raw' },
};

interface Grant { imageId: string; version: number; ticket: string; uploadUrl: string }

export function uploadSuite(theScene: () => Scene): void {
  describe('an upload', () => {
    let scene: Scene;
    before('what was deleted before is gone from the store', async () => {
      scene = theScene();
      await nothingIsLeft(scene.cloud, 20_000);
    });

    const kept = async (): Promise<string[]> => (await readdir(scene.cloud.layout.data('walrus'), { recursive: true })).filter((name) => /^(images|incoming)\//.test(name)).sort();
    const listed = async (id: string): Promise<boolean> => ((await scene.ask({ at: '/images?limit=500' })).json as unknown as { items: Array<{ id: string }> }).items.some((image) => image.id === id);
    const stateOf = async (id: string): Promise<{ state: string; error: string | null }> => (await scene.rows('SELECT state, error FROM image_versions WHERE imageId = ?', [id]))[0] as never;
    const announce = async (sizeBytes: number, more: Record<string, unknown> = {}): Promise<Grant> => {
      const answer = await scene.ask({ method: 'POST', at: '/images', body: { name: `up-${randomBytes(3).toString('hex')}`, ostype: 'linux', usage: 'server', sizeBytes, ...more } });
      assert.equal(answer.status, 201, answer.text);
      return answer.json as unknown as Grant;
    };
    const tus = { 'tus-resumable': '1.0.0' };
    const create = (g: Grant, size: number) => scene.ask({ method: 'POST', at: g.uploadUrl, as: g.ticket, headers: { ...tus, 'upload-length': String(size) } });
    const patch = (g: Grant, offset: number, bytes: Buffer) =>
      scene.ask({ method: 'PATCH', at: `${g.uploadUrl}/${g.imageId}.v1`, as: g.ticket, body: bytes, headers: { ...tus, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' } });

    for (const [what, { code, spoil, format }] of Object.entries(SPOILT)) {
      it(`of ${what} is refused with ${code}, exit code 9, and nothing is kept`, async () => {
        const before = await kept();
        const file = path.join(scene.dir, 'spoilt.img');
        await writeFile(file, spoil(await readFile(await scene.imageFile('sound.qcow2', 300_000))));
        const name = `spoilt ${randomBytes(3).toString('hex')}`;
        const { code: exit, err, out } = await scene.edu('image', 'upload', file, '--name', name, '--ostype', 'linux', '--usage', format === 'iso' ? 'medium' : 'server', ...(format ? ['--format', format] : []));
        assert.equal(exit, 9, `${out}${err}`);
        assert.ok(err.includes(code), err);
        assert.deepEqual(await kept(), before);
        const [row] = await scene.rows('SELECT id FROM images WHERE name = ?', [name]);
        const id = String(row?.['id']);
        assert.equal(await listed(id), false);
        await eventually('the refusal is written down', async () => (await stateOf(id)).state === 'refused', 15_000);
        assert.ok((await stateOf(id)).error?.includes(code));
      });
    }

    it('with a wrong checksum is refused with 422, and nothing is kept', async () => {
      const before = await kept();
      const bytes = await readFile(await scene.imageFile('sum.qcow2', 300_000));
      const g = await announce(bytes.length, { sha256: createHash('sha256').update('something else').digest('hex') });
      assert.equal((await create(g, bytes.length)).status, 201);
      const answer = await patch(g, 0, bytes);
      assertProblem(answer, 'wrong checksum', [422]);
      assert.equal(answer.json.code, 'CHECKSUM_MISMATCH');
      assert.deepEqual(await kept(), before);
      assert.equal(await listed(g.imageId), false);
    });

    it('that says wrong things about itself is refused before a byte is kept', async () => {
      const before = await kept();
      const g = await announce(1000);
      for (const headers of [{ 'upload-length': '999' }, { 'upload-length': '1001' }] as Array<Record<string, string>>) assertProblem(await scene.ask({ method: 'POST', at: g.uploadUrl, as: g.ticket, headers: { ...tus, ...headers } }), JSON.stringify(headers), [403]);
      for (const headers of [{}, { 'upload-length': '-1' }, { 'upload-length': '1e3' }, { 'upload-length': 'x' }] as Array<Record<string, string>>) assertProblem(await scene.ask({ method: 'POST', at: g.uploadUrl, as: g.ticket, headers: { ...tus, ...headers } }), JSON.stringify(headers), [400]);
      assertProblem(await scene.ask({ method: 'POST', at: g.uploadUrl, as: g.ticket, headers: { 'upload-length': '1000' } }), 'no version of the protocol', [400]);
      assert.deepEqual(await kept(), before);
      assert.equal((await create(g, 1000)).status, 201);
      assertProblem(await patch(g, 5, Buffer.alloc(10)), 'a gap', [409]);
      assertProblem(await patch(g, 0, Buffer.alloc(2000)), 'more bytes than announced', [400]);
      assertProblem(await scene.ask({ method: 'PATCH', at: `${g.uploadUrl}/${g.imageId}.v1`, as: g.ticket, body: Buffer.alloc(10), headers: { ...tus, 'upload-offset': '0', 'content-type': 'text/plain' } }), 'another content type', [415]);
      assert.equal((await scene.ask({ method: 'DELETE', at: `${g.uploadUrl}/${g.imageId}.v1`, as: g.ticket, headers: tus })).status, 204);
      assert.deepEqual(await kept(), before);
    });

    it('that breaks off is not listed, goes on where it stopped, and is listed when it is whole', async () => {
      const bytes = await readFile(await scene.imageFile('broken.qcow2', 2 * MIB));
      const g = await announce(bytes.length, { sha256: createHash('sha256').update(bytes).digest('hex') });
      assert.equal((await create(g, bytes.length)).status, 201);
      await halfPatch(g, bytes, MIB + 17);
      const stand = async (): Promise<number> => Number((await scene.ask({ method: 'HEAD', at: `${g.uploadUrl}/${g.imageId}.v1`, as: again.ticket, headers: tus })).headers['upload-offset']);
      const again = (await scene.ask({ method: 'POST', at: `/images/${g.imageId}/versions/1/upload`, body: {} })).json as unknown as Grant;
      const offset = await eventually('what came is kept', async () => { const n = await stand(); return n > 0 && n < bytes.length ? n : null; }, 15_000);
      assert.equal(await listed(g.imageId), false);
      assertProblem(await scene.ask({ method: 'POST', at: `/image/create/task/begin/${g.imageId}`, body: { name: 'too early' } }), 'a build from half an image', [409]);
      assertProblem(await scene.ask({ method: 'POST', at: `/images/${g.imageId}/versions/1/download`, body: {} }), 'a download of half an image', [404, 409]);
      await eventually('the rest is taken', async () => (await patch({ ...g, ticket: again.ticket }, offset, bytes.subarray(offset))).status === 204, 20_000);
      await eventually('it is listed', () => listed(g.imageId), 15_000);
      await scene.build.deleteImage(g.imageId);
    });

    /** Sends the head and so many bytes of a body, then the line goes dead. */
    async function halfPatch(g: Grant, bytes: Buffer, count: number): Promise<void> {
      const { hostname, port, pathname } = new URL(`${g.uploadUrl}/${g.imageId}.v1`);
      const socket = net.connect(Number(port), hostname);
      socket.on('error', () => undefined);
      await new Promise((resolve) => { socket.once('connect', resolve); });
      socket.write(`PATCH ${pathname} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${g.ticket}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: ${bytes.length}\r\n\r\n`);
      await new Promise((resolve) => { socket.write(bytes.subarray(0, count), resolve); });
      socket.destroy();
    }
  });
}
