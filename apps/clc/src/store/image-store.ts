// Images and versions in the database.
import { marks } from '@educloud/database';
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { ImageStore, VersionRow } from './interface.ts';
import { versionKey } from './instance-store.ts';
import { pageOf } from './page.ts';
import { change, count, execute, firstNumber, known, many, one, type Session } from './session.ts';

const LISTED = "(CASE WHEN deletedAt IS NULL AND EXISTS (SELECT 1 FROM image_versions v WHERE v.imageId = images.id AND v.state = 'available') THEN 1 ELSE 0 END)";

export function imageStore(session: Session): ImageStore {
  const { sql, tables: { images, imageVersions } } = session;
  const locked = async (id: string, lock: string) => {
    const row = await one(session, images, `id = ? AND deletedAt IS NULL${lock}`, [id]);
    return row && (session.unit?.remember(images.name, id, row) ?? row);
  };
  return {
    image: (id) => known(session, images, id, () => one(session, images, 'id = ?', [id])),
    useImage: (id) => locked(id, sql.forUpdate),
    keepImage: (id) => locked(id, sql.forShare),
    images: ({ all, ...page }) => pageOf(session, images, 'id', page, [all ? 't.deletedAt IS NULL' : 't.listed = 1'], []),
    countImages: () => count(session, 'SELECT COUNT(*) FROM images WHERE deletedAt IS NULL'),
    async insertImage(row) {
      await execute(session, images.insert({ ...row, lastVersion: 0, listed: false }));
    },
    updateImage: (id, set) => change(session, images, set, 'id = ? AND deletedAt IS NULL', [id]),
    markDeleted: (id, now) => change(session, images, { deletedAt: now, updatedAt: now, listed: false }, 'id = ? AND deletedAt IS NULL', [id]),
    versions: (imageId) => many(session, imageVersions, 'WHERE imageId = ? ORDER BY version', [imageId]),
    version: (imageId, version) => known(session, imageVersions, versionKey({ imageId, version }), () => one(session, imageVersions, 'imageId = ? AND version = ?', [imageId, version])),
    async versionsOf(keys) {
      const there = keys.flatMap((key) => session.unit?.known<VersionRow>(imageVersions.name, versionKey(key)) ?? []);
      const unread = keys.filter((key) => !there.some((row) => versionKey(row) === versionKey(key)));
      if (unread.length === 0) return there;
      const each = unread.map(() => '(imageId = ? AND version = ?)').join(' OR ');
      const rows = await many(session, imageVersions, `WHERE ${each}`, unread.flatMap((k) => [k.imageId, k.version]));
      for (const row of rows) session.unit?.remember(imageVersions.name, versionKey(row), row);
      return [...there, ...rows];
    },
    async latestAvailable(imageId) {
      const row = await one(session, imageVersions, "imageId = ? AND state = 'available' ORDER BY version DESC LIMIT 1", [imageId]);
      return row && (session.unit?.remember(imageVersions.name, versionKey(row), row) ?? row);
    },
    async latestAvailableOf(imageIds) {
      if (imageIds.length === 0) return new Map();
      const newest = `SELECT imageId AS i, MAX(version) AS v FROM image_versions WHERE state = 'available' AND imageId IN (${marks(imageIds.length)}) GROUP BY imageId`;
      const raw = await sql.lists(`SELECT ${imageVersions.columns('t')} FROM (${newest}) n JOIN image_versions t ON t.imageId = n.i AND t.version = n.v`, imageIds);
      return new Map(raw.map((r) => imageVersions.read(r)).map((row) => [row.imageId, row]));
    },
    reserveVersion: (row) => session.atomic(async (s) => {
      // The counter's row is locked until the commit: whoever comes next gets the next number.
      if ((await s.sql.run('UPDATE images SET lastVersion = lastVersion + 1 WHERE id = ? AND deletedAt IS NULL', [row.imageId])) === 0) throw new CloudError('NOT_FOUND', say('noImage', { image: row.imageId }));
      const version = firstNumber(await s.sql.first('SELECT lastVersion FROM images WHERE id = ?', [row.imageId]));
      await execute(s, imageVersions.insert({ ...row, version }));
      if (row.state === 'available') await setListed(s, row.imageId);
      return version;
    }),
    setVersion: (imageId, version, from, set) => session.atomic(async (s) => {
      const changed = await change(s, imageVersions, set, `imageId = ? AND version = ? AND state IN (${marks(from.length)})`, [imageId, version, ...from]);
      if (changed && set.state !== undefined) await setListed(s, imageId);
      return changed;
    }),
    closeAbandonedUploads: (before) => {
      session.unit?.forget(imageVersions.name);
      return sql.run("UPDATE image_versions SET state = 'refused', error = ? WHERE state = 'uploading' AND tid IS NULL AND createdAt < ?", [JSON.stringify(say('errorOf', { code: 'EXPIRED', why: say('uploadNotContinued') })), before]);
    },
    async relist() {
      await sql.run(`UPDATE images SET listed = 1 - listed WHERE listed <> ${LISTED}`, []);
    },
    hold: (imageId, tid) => change(session, images, { heldBy: tid }, 'id = ? AND deletedAt IS NULL AND (heldBy IS NULL OR heldBy = ?)', [imageId, tid]),
    async release(imageId, tid) {
      await change(session, images, { heldBy: null }, 'id = ? AND heldBy = ?', [imageId, tid]);
    },
    imagesOfType: async (ostype) => (await sql.rows('SELECT id FROM images WHERE ostype = ? AND deletedAt IS NULL ORDER BY createdAt, id', [ostype])).map((raw) => String(raw['id'])),
    async references(imageId) {
      await session.unit?.settle();
      const raw = await sql.rows('SELECT tid FROM tasks WHERE active = 1 AND srcImageId = ? UNION SELECT tid FROM tasks WHERE active = 1 AND dstImageId = ? UNION SELECT id AS tid FROM user_instances WHERE imageId = ? AND deletedAt IS NULL ORDER BY tid', [imageId, imageId, imageId]);
      return raw.map((r) => String(r['tid']));
    },
  };
}

/** The row of the image is ours from here to the commit: of two that change its versions side by side the later one counts both. */
async function setListed(session: Session, imageId: string): Promise<void> {
  const { sql } = session;
  await sql.run(`UPDATE images SET listed = ${LISTED} WHERE id = ?`, [imageId]);
}
