// How image files travel between CC and NC.
import type { ImageRef } from '@educloud/contracts';

export interface CopyProgress {
  (done: number, total: number): void;
}

export interface ImageCopy {
  readonly kind: 'http' | 'sftp';
  /**
   * Fetches the version to `path`: into `path.part` with resume, sha256 while streaming, fsync, rename. A file that is there and complete is kept.
   * @throws TRANSFER_FAILED retryable, CHECKSUM_MISMATCH (the part is removed), DISK_FULL with `missingBytes`, TICKET_INVALID, CANCELLED
   */
  fetch(options: { image: ImageRef; source: { url: string; ticket: string }; path: string; signal: AbortSignal; onProgress: CopyProgress; /** Kind http: told each chunk, and waited for. */ pace?: (bytes: number) => Promise<void> | undefined }): Promise<void>;
  /** Sends a finished file, resuming where the receiver stands. Same errors. */
  send(options: { image: ImageRef; target: { uploadUrl: string; ticket: string }; path: string; signal: AbortSignal; onProgress: CopyProgress }): Promise<void>;
}
