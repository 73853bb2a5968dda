// Disk files of instances. Every method is an "ensure"; paths are made by the caller from ids.

export interface DiskProgress {
  (done: number, total: number): void;
}

export interface DiskTool {
  readonly kind: 'qemu-img' | 'fake';
  /** qcow2 overlay on a checked, read-only base. Done already and on the same base: fine. Returns the virtual size: that of the base, or `sizeBytes`, which is not less. */
  ensureOverlay(options: { path: string; basePath: string; baseFormat: 'qcow2' | 'raw'; sizeBytes?: number }): Promise<{ virtualSizeBytes: number }>;
  /** Empty qcow2 of the given size. One that is there has that size, or with `grows` may be smaller: then it gets it, and keeps what is on it. */
  ensureBlank(options: { path: string; sizeBytes: number; grows?: boolean }): Promise<{ virtualSizeBytes: number }>;
  /** A read-only medium (ISO 9660) of these files, for QEMU and nobody else to read. What is there already is replaced. */
  makeMedium(options: { path: string; label: string; files: Record<string, string> }): Promise<void>;
  /**
   * Standalone, compacted, uncompressed qcow2 at `target` (written beside it and renamed). The overlay stays as it is.
   * The result is inspected by our own parser. @throws DISK_FULL with `missingBytes` before starting, DISK_TOOL_FAILED, CANCELLED
   */
  flatten(options: { path: string; target: string; maxVirtualBytes: number; signal: AbortSignal; onProgress: DiskProgress }): Promise<{ sizeBytes: number; virtualSizeBytes: number; sha256: string }>;
}
