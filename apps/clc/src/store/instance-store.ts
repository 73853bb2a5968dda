// Instances in the database.
import { marks, type Table } from '@educloud/database';
import type { BuildParts, ImageRow, InstanceRow, InstanceStore, VersionRow } from './interface.ts';
import { change, execute, known, many, one, type Session } from './session.ts';

/** Like the other tables by its key; versions have a key of two parts. */
export const versionKey = ({ imageId, version }: { imageId: string; version: number }): string => `${imageId}.v${version}`;

export function instanceStore(session: Session): InstanceStore {
  const { sql, unit, tables: { instances, images, imageVersions } } = session;

  async function readParts({ insId, source, destination }: Parameters<InstanceStore['parts']>[0]): Promise<BuildParts> {
    const raw = await sql.first(
      `SELECT ${instances.columns('i')}, ${imageVersions.columns('s')}, ${images.columns('m')}, ${imageVersions.columns('d')} FROM instances i`
      + ' LEFT JOIN image_versions s ON s.imageId = ? AND s.version = ? LEFT JOIN images m ON m.id = ? LEFT JOIN image_versions d ON d.imageId = ? AND d.version = ? WHERE i.id = ?',
      [source.imageId, source.version, source.imageId, destination.imageId, destination.version, insId]);
    let at = 0;
    const next = <Row extends object>(from: Table<Row>): Row | null => {
      const row = raw && raw[at] !== null ? from.read(raw, at) : null; // every table begins with its key
      at += from.width;
      return row;
    };
    const parts = { instance: next(instances), source: next(imageVersions), sourceImage: next(images), made: next(imageVersions) };
    if (parts.instance) unit?.remember(instances.name, insId, parts.instance);
    for (const version of [parts.source, parts.made]) if (version) unit?.remember(imageVersions.name, versionKey(version), version);
    if (parts.sourceImage) unit?.remember(images.name, source.imageId, parts.sourceImage);
    return parts;
  }

  return {
    parts(of) {
      const there = {
        instance: unit?.known<InstanceRow>(instances.name, of.insId) ?? null, source: unit?.known<VersionRow>(imageVersions.name, versionKey(of.source)) ?? null,
        sourceImage: unit?.known<ImageRow>(images.name, of.source.imageId) ?? null, made: unit?.known<VersionRow>(imageVersions.name, versionKey(of.destination)) ?? null,
      };
      return Object.values(there).includes(null) ? readParts(of) : Promise.resolve(there);
    },
    instance: (id) => known(session, instances, id, () => one(session, instances, 'id = ?', [id])),
    instancesByIds: async (ids) => (ids.length === 0 ? [] : many(session, instances, `WHERE id IN (${marks(ids.length)})`, ids)),
    async insertInstance(row) {
      await execute(session, instances.insert({ ...row }));
    },
    updateInstance: (id, set) => change(session, instances, set, 'id = ?', [id]),
    applyStatus: (id, { epoch, seq }, vmstatus) =>
      change(session, instances, { vmstatus, statusEpoch: epoch, statusSeq: seq }, 'id = ? AND (statusEpoch < ? OR (statusEpoch = ? AND statusSeq < ?))', [id, epoch, epoch, seq]),
    async confirmStatus(ids, { epoch, seq }, vmstatus) {
      if (ids.length === 0) return;
      await change(session, instances, { statusEpoch: epoch, statusSeq: seq }, `id IN (${marks(ids.length)}) AND vmstatus = ? AND (statusEpoch < ? OR (statusEpoch = ? AND statusSeq < ?))`, [...ids, vmstatus, epoch, epoch, seq]);
    },
    instancesAt: (ncId) => many(session, instances, 'WHERE ncId = ? AND deletedAt IS NULL ORDER BY id', [ncId]),
  };
}
