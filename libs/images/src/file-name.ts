// Names of image files, made from ids alone: nothing a user typed ever becomes part of a path.
import { ImageFormat, ImageId, type ImageRef } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';

export type VersionKey = Pick<ImageRef, 'imageId' | 'version'>;

/** `img-1a2b3c4d.v3`. @throws BAD_REQUEST for anything that is not an id and a version. */
export function versionName(image: VersionKey): string {
  if (!ImageId.safeParse(image.imageId).success || !Number.isSafeInteger(image.version) || image.version < 1) {
    throw new CloudError('BAD_REQUEST', 'that is not an image version');
  }
  return `${image.imageId}.v${image.version}`;
}

/** `img-1a2b3c4d.v3.qcow2` */
export const imageFileName = (image: VersionKey & { format: ImageFormat }): string => `${versionName(image)}.${ImageFormat.parse(image.format)}`;

const FILE_NAME = /^(img-[0-9a-f]{8})\.v([1-9]\d{0,14})\.(qcow2|raw|iso)$/;

/** The way back; null for a foreign file. */
export function parseImageFileName(name: string): (VersionKey & { format: ImageFormat }) | null {
  const match = FILE_NAME.exec(name);
  return match ? { imageId: match[1]!, version: Number(match[2]), format: match[3] as ImageFormat } : null;
}
