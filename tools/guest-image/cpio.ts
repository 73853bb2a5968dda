// Packs a directory as an initramfs (cpio "newc", gzip). Everything in it belongs to root, whoever builds it.
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const pad = (size: number): Buffer => Buffer.alloc((4 - (size % 4)) % 4);

function entry(name: string, ino: number, mode: number, body: Buffer): Buffer[] {
  const field = (n: number): string => n.toString(16).padStart(8, '0');
  const nameBytes = Buffer.from(`${name}\0`);
  // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const header = Buffer.from(`070701${[ino, mode, 0, 0, 1, 0, body.length, 0, 0, 0, 0, nameBytes.length, 0].map(field).join('')}`);
  return [header, nameBytes, pad(header.length + nameBytes.length), body, pad(body.length)];
}

export function packInitramfs(dir: string): Buffer {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort();
  const parts = names.flatMap((name, i) => {
    const full = path.join(dir, name);
    const stat = lstatSync(full);
    const body = stat.isSymbolicLink() ? Buffer.from(readlinkSync(full)) : stat.isFile() ? readFileSync(full) : Buffer.alloc(0);
    return entry(name, i + 1, stat.mode, body);
  });
  return gzipSync(Buffer.concat([...parts, ...entry('TRAILER!!!', 0, 0, Buffer.alloc(0))]), { level: 6 });
}
