// Everything that touches image files: looking into them, moving them, keeping them near. Used by Walrus, CC and NC.
export { inspectImage, type Inspection, type InspectOptions } from './inspect/inspect.ts';
export { hashFile } from './hash.ts';
export { assertRoom, diskSpace, freeBytes, diskFull } from './free-space.ts';
export { imageFileName, parseImageFileName, versionName, type VersionKey } from './file-name.ts';
export { NEW_FILE, publishFile, readJsonFile, removeFile, syncDirectory, writeDurably } from './durable.ts';
export { download, type DownloadOptions } from './transfer/download.ts';
export { sendUpload, type SendOptions } from './transfer/send-upload.ts';
export { discardPart, openPart, partPath } from './transfer/part-file.ts';
export { askFile } from './transfer/ask-file.ts';
export { etagOf } from './transfer/range.ts';
export { serveFile, type ServedFile } from './transfer/serve-file.ts';
export type { GrowingFile } from './transfer/growing.ts';
export { createImageCache, type CachedFile, type FetchInto, type ImageCache, type ImageCacheOptions, type Source } from './cache/image-cache.ts';
export { createUploads, type AcceptedUpload, type Uploads, type UploadSize, type UploadsOptions } from './uploads/uploads.ts';
export { handleTus } from './uploads/tus.ts';
