// Tables of images and their versions. `lastVersion` is the highest number ever given away: numbers are never used twice. `listed` repeats
// "not deleted, and has an available version" for the index: before their submit there are as many images as builds, which no list shows.
import type { Columns } from '@educloud/database';
import { EntitySchema } from 'typeorm';
import type { ImageRow, VersionRow } from '../interface.ts';
import { saidOrNull } from './said-column.ts';

export const images = (c: Columns) => new EntitySchema<ImageRow & { lastVersion: number; listed: boolean }>({
  name: 'images',
  columns: {
    id: c.text(20, { primary: true }), name: c.text(128), ostype: c.text(32), usage: c.text(16), description: c.longText(), heldBy: c.text(64, { nullable: true }),
    deletedAt: c.big({ nullable: true }), createdAt: c.big(), updatedAt: c.big(), createdBy: c.text(64), lastVersion: c.int({ select: false }), listed: c.flag({ select: false, default: 0 }),
  },
  indices: [{ name: 'ix_images_page', columns: ['createdAt', 'id'] }, { name: 'ix_images_listed', columns: ['listed', 'createdAt', 'id'] }],
});

export const imageVersions = (c: Columns) => new EntitySchema<VersionRow>({
  name: 'image_versions',
  columns: {
    imageId: c.text(20, { primary: true }), version: c.int({ primary: true }), state: c.text(16), sha256: c.text(64, { nullable: true }),
    sizeBytes: c.big({ nullable: true }), virtualSizeBytes: c.big({ nullable: true }), format: c.text(16, { nullable: true }), declared: c.json({ nullable: true }),
    parentImageId: c.text(20, { nullable: true }), parentVersion: c.int({ nullable: true }), tid: c.text(64, { nullable: true }), walrusId: c.text(40, { nullable: true }),
    error: { ...c.longText({ nullable: true }), transformer: saidOrNull }, createdAt: c.big(), createdBy: c.text(64),
  },
  indices: [{ name: 'ix_versions_state', columns: ['imageId', 'state', 'version'] }],
  foreignKeys: [{ name: 'fk_versions_image', target: 'images', columnNames: ['imageId'], referencedColumnNames: ['id'], onDelete: 'NO ACTION', onUpdate: 'NO ACTION' }],
});
