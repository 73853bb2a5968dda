// Where image versions lie. The local disk today; an S3-compatible store keeps the same promises.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ImageFormat, UploadTicket } from '@educloud/contracts';

export interface VersionKey {
  imageId: string;
  version: number;
}

export interface StoredVersion extends VersionKey {
  format: ImageFormat;
  sha256: string;
  sizeBytes: number;
}

export interface AcceptedVersion extends StoredVersion {
  virtualSizeBytes: number;
  /** The task that submitted it; null: somebody uploaded it. */
  tid: string | null;
}

/** Only finished, checked versions are found, served or listed. */
export interface ImageStore {
  readonly kind: 'local';
  /** Keeps room for a version before its bytes come. Idempotent. @throws DISK_FULL {where, missingBytes} */
  reserve(version: VersionKey & { sizeBytes: number; format: ImageFormat }): Promise<void>;
  /** One tus request. `name` is null for the endpoint itself. */
  receive(request: IncomingMessage, response: ServerResponse, options: { claims: UploadTicket; path: string; name: string | null }): Promise<void>;
  find(version: VersionKey): Promise<StoredVersion | null>;
  /** GET or HEAD with Range. @throws NOT_FOUND */
  serve(request: IncomingMessage, response: ServerResponse, version: VersionKey): Promise<void>;
  /** Finished file, partial upload and kept room. Idempotent. */
  remove(version: VersionKey): Promise<void>;
  /** A partial upload and its room; a finished file stays. Idempotent. */
  removePart(version: VersionKey): Promise<void>;
  /** What was accepted from then on (epoch ms) and is still there. */
  acceptedSince(at: number): Promise<AcceptedVersion[]>;
  /** All files of versions, whatever became of them: finished ones, and uploads that are under way or have room kept. */
  files(): Promise<Array<VersionKey & { sizeBytes: number; finished: boolean }>>;
  capacity(): Promise<{ totalBytes: number; freeBytes: number }>;
  /** Is it writable right now; the reason when not. */
  health(): Promise<{ ok: boolean; message: string }>;
  /** Clears away what nobody continued. */
  collect(): Promise<void>;
  close(): Promise<void>;
}
