// Instances in the database.
import { marks, type RawList, type Table } from '@educloud/database';
import type { BuildParts, ImageRow, InstanceRow, InstanceStore, VersionRow } from './interface.ts';
import { change, execute, known, many, one, type Session } from './session.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** Like the other tables by its key; versions have a key of two parts. */
export const versionKey = ({ imageId, version }: { imageId: string; version: number }): string => `${imageId}.v${version}`;

/** One table after another of a joined row; null where none was found. */
function reader(raw: RawList | undefined): <Row extends object>(from: Table<Row>) => Row | null {
  let at = 0;
  return (from) => {
    const row = raw && raw[at] !== null ? from.read(raw, at) : null; // every table begins with its key
    at += from.width;
    return row;
  };
}

/** Its cluster controller, its node and the store of its image, `of` being the alias of the version. */
const ITS_DAEMONS = ['c', 'n', 'w'];
const joinDaemons = (of: 's' | 'v'): string => ` LEFT JOIN daemons c ON c.id = i.ccId LEFT JOIN daemons n ON n.id = i.ncId LEFT JOIN daemons w ON w.id = ${of}.walrusId`;

export function instanceStore(session: Session): InstanceStore {
  const { sql, unit, tables: { instances, images, imageVersions, instanceSeeds, osTypes, daemons } } = session;

  /** Whoever reads an instance asks for these next. */
  const rememberDaemons = (unit: UnitOfWork, next: ReturnType<typeof reader>): void => {
    for (const daemon of ITS_DAEMONS.map(() => next(daemons))) if (daemon) unit.remember(daemons.name, daemon.id, daemon);
  };

  async function readParts({ insId, source, destination }: Parameters<InstanceStore['parts']>[0]): Promise<BuildParts> {
    const raw = await sql.first(
      `SELECT ${[instances.columns('i'), imageVersions.columns('s'), images.columns('m'), imageVersions.columns('d'), ...(unit ? ITS_DAEMONS.map((alias) => daemons.columns(alias)) : [])].join(', ')} FROM instances i`
      + ' LEFT JOIN image_versions s ON s.imageId = ? AND s.version = ? LEFT JOIN images m ON m.id = ? LEFT JOIN image_versions d ON d.imageId = ? AND d.version = ?'
      + `${unit ? joinDaemons('s') : ''} WHERE i.id = ?`,
      [source.imageId, source.version, source.imageId, destination.imageId, destination.version, insId]);
    const next = reader(raw);
    const parts = { instance: next(instances), source: next(imageVersions), sourceImage: next(images), made: next(imageVersions) };
    if (parts.instance) unit?.remember(instances.name, insId, parts.instance);
    for (const version of [parts.source, parts.made]) if (version) unit?.remember(imageVersions.name, versionKey(version), version);
    if (parts.sourceImage) unit?.remember(images.name, source.imageId, parts.sourceImage);
    if (unit) rememberDaemons(unit, next);
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
    async readAround(insId, { imageId, madeFrom, ostype }) {
      if (!unit || unit.known(instances.name, insId)) return;
      const raw = await sql.first(
        `SELECT ${[instances.columns('i'), imageVersions.columns('v'), instanceSeeds.columns('s'), osTypes.columns('o'), ...ITS_DAEMONS.map((alias) => daemons.columns(alias))].join(', ')} FROM instances i`
        + ' LEFT JOIN image_versions v ON v.imageId = ? AND v.version = ? LEFT JOIN instance_seeds s ON s.id = i.id LEFT JOIN os_types o ON o.name = ?'
        + `${joinDaemons('v')} WHERE i.id = ?`, [imageId, madeFrom, ostype, insId]);
      if (!raw) return;
      const next = reader(raw);
      unit.remember(instances.name, insId, next(instances) as InstanceRow);
      const version = next(imageVersions);
      if (version) unit.remember(imageVersions.name, versionKey(version), version);
      unit.remember(instanceSeeds.name, insId, next(instanceSeeds) ?? { id: insId, seed: null });
      const osType = next(osTypes);
      if (osType) unit.remember(osTypes.name, osType.name, osType);
      rememberDaemons(unit, next);
    },
    async insertInstance(row) {
      await execute(session, instances.insert({ ...row }));
    },
    async updateInstance(id, set) {
      const before = unit?.known<InstanceRow>(instances.name, id) ?? null;
      const changed = await change(session, instances, set, 'id = ?', [id]);
      // What was read of it still counts: the rest of the row is not read again for what was just written.
      if (changed && before) unit?.remember(instances.name, id, { ...before, ...Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)) });
      return changed;
    },
    applyStatus: (id, { epoch, seq }, vmstatus) =>
      change(session, instances, { vmstatus, statusEpoch: epoch, statusSeq: seq }, 'id = ? AND (statusEpoch < ? OR (statusEpoch = ? AND statusSeq < ?))', [id, epoch, epoch, seq]),
    async confirmStatus(ids, { epoch, seq }, vmstatus) {
      if (ids.length === 0) return;
      await change(session, instances, { statusEpoch: epoch, statusSeq: seq }, `id IN (${marks(ids.length)}) AND vmstatus = ? AND (statusEpoch < ? OR (statusEpoch = ? AND statusSeq < ?))`, [...ids, vmstatus, epoch, epoch, seq]);
    },
    instancesAt: (ncId) => many(session, instances, 'WHERE ncId = ? AND deletedAt IS NULL ORDER BY id', [ncId]),
  };
}
