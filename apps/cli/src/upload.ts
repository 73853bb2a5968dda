// Sends a file to the image store by tus, resumable over interruptions of the network and of the command itself.
import { createReadStream } from 'node:fs';
import * as tus from 'tus-js-client';
import { Problem, type UploadGrant } from '@educloud/contracts';

const RETRY_DELAYS_MS = [500, 1000, 3000, 5000, 10_000, 20_000];

export interface UploadWork {
  file: string;
  sizeBytes: number;
  grant: UploadGrant;
  /** Address of a begun upload, to go on with it. */
  resumeUrl: string | null;
  /** The ticket ran out while sending: a new one. */
  renew(): Promise<UploadGrant>;
  onAddress(url: string): void;
  onBytes(done: number): void;
  signal?: AbortSignal;
}

export function sendFile(work: UploadWork): Promise<void> {
  let ticket = work.grant.ticket;
  let renewals = 0;
  return new Promise((resolve, reject) => {
    const source = createReadStream(work.file);
    const upload = new tus.Upload(source as unknown as Pick<ReadableStreamDefaultReader, 'read'>, {
      endpoint: work.grant.uploadUrl,
      uploadUrl: work.resumeUrl,
      uploadSize: work.sizeBytes,
      metadata: { image: work.grant.imageId, version: String(work.grant.version) },
      retryDelays: RETRY_DELAYS_MS,
      storeFingerprintForResuming: false,
      onBeforeRequest: (request) => { request.setHeader('Authorization', `Bearer ${ticket}`); },
      onUploadUrlAvailable: () => { if (upload.url) work.onAddress(upload.url); },
      onProgress: (sent) => work.onBytes(sent),
      onShouldRetry: (error) => {
        const status = error.originalResponse?.getStatus() ?? 0;
        return status === 0 || status === 409 || status === 423 || status === 429 || status >= 500 && status !== 507;
      },
      onSuccess: () => { source.destroy(); resolve(); },
      onError: (error) => {
        const status = (error as tus.DetailedError).originalResponse?.getStatus();
        if ((status === 401 || status === 403) && renewals++ < 3) {
          work.renew().then((grant) => { ticket = grant.ticket; upload.start(); }, reject);
          return;
        }
        source.destroy();
        reject(error);
      },
    });
    work.signal?.addEventListener('abort', () => { void upload.abort(); source.destroy(); reject(new Error('interrupted')); }, { once: true });
    upload.start();
  });
}

/** What broke the upload: the store's own problem, or the trouble on the way. `status` null: no answer came. */
export function uploadTrouble(error: unknown): { status: number | null; problem: Problem | null; text: string } {
  const answer = (error as Partial<tus.DetailedError>).originalResponse;
  if (!answer) {
    const cause = (error as Partial<tus.DetailedError>).causingError as (Error & { code?: string }) | undefined;
    return { status: null, problem: null, text: cause?.code ?? cause?.message ?? (error instanceof Error ? error.message : String(error)) };
  }
  const status = answer.getStatus();
  const text = `HTTP ${status} ${answer.getBody().trim().slice(0, 200)}`.trim();
  try {
    const problem = Problem.safeParse(JSON.parse(answer.getBody()));
    return { status, problem: problem.success ? problem.data : null, text };
  } catch {
    return { status, problem: null, text };
  }
}
