// Images and their immutable versions, as REST shows them.
import { z } from 'zod';
import { ImageId } from './ids.ts';
import { TypeName } from './vm-types.ts';
import { Said } from './words/said.ts';

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 has 64 hex digits');
export const ImageFormat = z.enum(['qcow2', 'raw', 'iso']);
export type ImageFormat = z.infer<typeof ImageFormat>;
export const ImageUsage = z.enum(['desktop', 'server', 'medium']);
/** `medium` is an installation disc, not something that can be run. */
export type ImageUsage = z.infer<typeof ImageUsage>;

/** A name people read: 1–128 characters of any script; no control characters, nothing that reverses the text, no leading dash or dot, no slash. */
export const ImageName = z
  .string()
  .min(1, 'a name is needed')
  .max(128, 'a name has at most 128 characters')
  .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069/\\]+$/u, 'a name has no slash, backslash, control characters, marks of text direction or halves of characters')
  .regex(/^[^-.\s]/u, 'a name does not begin with a dash, a dot or a space')
  .regex(/\S$/u, 'a name does not end with a space');

/** One version, as the daemons need it to move and check the bytes. */
export const ImageRef = z.object({
  imageId: z.string(), version: z.number().int().positive(), sha256: Sha256,
  sizeBytes: z.number().int().positive(), virtualSizeBytes: z.number().int().positive(), format: ImageFormat,
});
export type ImageRef = z.infer<typeof ImageRef>;

export const VersionState = z.enum(['reserved', 'uploading', 'available', 'refused', 'deleting', 'deleted']);
export type VersionState = z.infer<typeof VersionState>;

export const ImageVersionView = z.object({
  version: z.number().int(), state: VersionState, sha256: z.string().nullable(), sizeBytes: z.number().int().nullable(),
  virtualSizeBytes: z.number().int().nullable(), format: ImageFormat.nullable(),
  parent: z.object({ imageId: z.string(), version: z.number().int() }).nullable(),
  createdAt: z.number().int(), createdBy: z.string(), error: z.string().nullable(),
  /** The error as code and parameters. */
  why: Said.optional(),
});
export type ImageVersionView = z.infer<typeof ImageVersionView>;

export const ImageView = z.object({
  id: ImageId, name: z.string(), ostype: TypeName, usage: ImageUsage, description: z.string(),
  /** The newest available version; null until the first upload or build has ended. */
  latest: ImageVersionView.nullable(),
  /** The task that is modifying it now. */
  heldBy: z.string().nullable(),
  createdAt: z.number().int(), updatedAt: z.number().int(), createdBy: z.string(),
});
export type ImageView = z.infer<typeof ImageView>;

/** POST /clc/api/1.0/images */
export const CreateImage = z.strictObject({
  name: ImageName, ostype: TypeName, usage: ImageUsage, description: z.string().max(2000).default(''),
  format: ImageFormat.default('qcow2'), sizeBytes: z.number().int().positive(), sha256: Sha256.optional(),
});
export type CreateImage = z.input<typeof CreateImage>;

/** 201 of POST /images, and of POST /images/{id}/versions/{v}/upload, which gives a new ticket to resume. */
export const UploadGrant = z.object({
  imageId: ImageId, version: z.number().int(),
  /** tus endpoint of Walrus; send `Authorization: Bearer <ticket>` and `Upload-Metadata: image <base64 id>,version <base64 n>`. */
  uploadUrl: z.string(), ticket: z.string(), expiresAt: z.number().int(),
});
export type UploadGrant = z.infer<typeof UploadGrant>;

/** POST /images/{id}/versions/{v}/download */
export const DownloadGrant = z.object({ url: z.string(), ticket: z.string(), sha256: z.string(), sizeBytes: z.number().int(), fileName: z.string(), expiresAt: z.number().int() });
export type DownloadGrant = z.infer<typeof DownloadGrant>;
