// Images and versions: lists, upload and download grants, delete. Bytes go to and from Walrus, never through here.
import { z } from 'zod';
import { CloudError } from '@educloud/errors';
import { CreateImage, DownloadGrant, EmptyBody, ImageId, ImageVersionView, ImageView, PageQuery, page, UploadGrant, inWords, say } from '@educloud/contracts';
import type { Rest } from '@educloud/rest';
import { deleteImage } from '../commands/image-delete.ts';
import { downloadImage } from '../commands/image-download.ts';
import { createImage, resumeUpload } from '../commands/image-upload.ts';
import type { Deps } from '../deps.ts';
import type { ImageRow, VersionRow } from '../store/interface.ts';
import { userOf } from './caller.ts';

const Params = z.object({ id: ImageId });
const VersionParams = Params.extend({ version: z.coerce.number().int().positive() });

export function imageRoutes(rest: Rest, deps: Deps): void {
  const read = deps.store.read;

  rest.route({ method: 'GET', path: '/clc/api/1.0/images', need: 'user', summary: 'Images that have a finished version, newest first', query: PageQuery, reply: page(ImageView) }, async ({ query }) => {
    const found = await read.images.images({ limit: query.limit, cursor: query.cursor });
    const latest = await read.images.latestAvailableOf(found.items.map((i) => i.id));
    return { body: { items: found.items.map((image) => imageView(image, latest.get(image.id) ?? null)), next: found.next } };
  });
  rest.route({ method: 'POST', path: '/clc/api/1.0/images', need: 'admin', summary: 'A new image to be uploaded', body: CreateImage, reply: UploadGrant, status: 201, secretAnswer: true }, async ({ body, caller }) => {
    const granted = await createImage(deps, body, userOf(caller).user);
    return { status: 201, headers: { location: `/clc/api/1.0/images/${granted.imageId}` }, body: granted };
  });
  rest.route({ method: 'GET', path: '/clc/api/1.0/images/:id', need: 'user', summary: 'One image', params: Params, reply: ImageView }, async ({ params }) => ({
    body: imageView(await imageOrThrow(params.id), await read.images.latestAvailable(params.id)),
  }));
  rest.route({ method: 'DELETE', path: '/clc/api/1.0/images/:id', need: 'admin', summary: 'Delete an image with all versions; refused while it is used', params: Params, status: 204 }, async ({ params }) => {
    await deleteImage(deps, params.id);
    return { status: 204 };
  });
  rest.route({ method: 'GET', path: '/clc/api/1.0/images/:id/versions', need: 'user', summary: 'All versions, oldest first', params: Params, reply: page(ImageVersionView) }, async ({ params }) => {
    await imageOrThrow(params.id);
    return { body: { items: (await read.images.versions(params.id)).filter((v) => v.state !== 'deleted').map(versionView), next: null } };
  });
  rest.route(
    { method: 'POST', path: '/clc/api/1.0/images/:id/versions/:version/upload', need: 'admin', summary: 'A new ticket for an interrupted upload', params: VersionParams, body: EmptyBody.prefault({}), reply: UploadGrant, status: 201, secretAnswer: true },
    async ({ params }) => ({ status: 201, body: await resumeUpload(deps, params.id, params.version) }),
  );
  rest.route(
    { method: 'POST', path: '/clc/api/1.0/images/:id/versions/:version/download', need: 'user', summary: 'A ticket to download one version', params: VersionParams, body: EmptyBody.prefault({}), reply: DownloadGrant, status: 201, secretAnswer: true },
    async ({ params }) => ({ status: 201, body: await downloadImage(deps, params.id, params.version) }),
  );

  async function imageOrThrow(id: ImageId): Promise<ImageRow> {
    const image = await read.images.image(id);
    if (!image || image.deletedAt) throw new CloudError('NOT_FOUND', say('noImage', { image: id }));
    return image;
  }
}

const imageView = (image: ImageRow, latest: VersionRow | null): ImageView => ({
  id: image.id as ImageId, name: image.name, ostype: image.ostype, usage: image.usage, description: image.description,
  latest: latest ? versionView(latest) : null, heldBy: image.heldBy, createdAt: image.createdAt, updatedAt: image.updatedAt, createdBy: image.createdBy,
});

const versionView = (v: VersionRow): ImageVersionView => ({
  version: v.version, state: v.state, sha256: v.sha256, sizeBytes: v.sizeBytes, virtualSizeBytes: v.virtualSizeBytes, format: v.format,
  parent: v.parentImageId && v.parentVersion ? { imageId: v.parentImageId, version: v.parentVersion } : null, createdAt: v.createdAt, createdBy: v.createdBy, error: v.error && inWords(v.error, 'en'), ...(v.error ? { why: v.error } : {}),
});
