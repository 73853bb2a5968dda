// Images over HTTP: Range on the way in, tus on the way out. The default.
import { download, sendUpload } from '@educloud/images';
import type { ImageCopy } from './interface.ts';

export interface HttpCopyOptions {
  /** For messages: the node and its directory. */
  where: string;
  reserveBytes: number;
  /** Pause before the n-th retry of a broken line. */
  pauseMs?: (attempt: number) => number;
}

export function createHttpCopy(options: HttpCopyOptions): ImageCopy {
  const { where, reserveBytes } = options;
  const pauses = options.pauseMs ? { pauseMs: options.pauseMs } : {};
  return {
    kind: 'http',
    fetch: ({ image, source, path, signal, onProgress, pace }) => download({ ...source, path, ...(pace ? { pace } : {}), sha256: image.sha256, sizeBytes: image.sizeBytes, where, reserveBytes, signal, onProgress, ...pauses }),
    send: ({ image, target, path, signal, onProgress }) => sendUpload({ ...target, image, path, signal, onProgress, ...pauses }),
  };
}
