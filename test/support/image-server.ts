// A small HTTP server for the transfer tests: gives a file with serveFile and receives uploads with handleTus, and can be made to misbehave.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ERRORS, type UploadTicket } from '@educloud/contracts';
import { asCloudError } from '@educloud/errors';
import { handleTus, serveFile, type ServedFile, type Uploads } from '@educloud/images';

export interface ImageServer {
  url: string;
  /** Cut each connection after so many bytes of its body, for the next `times` transfers. */
  cut(afterBytes: number, times: number): void;
  requests: Array<{ method: string; range: string | undefined; status: number }>;
  close(): Promise<void>;
}

export function problem(response: ServerResponse, e: unknown): void {
  const error = asCloudError(e);
  if (response.headersSent) { response.destroy(); return; }
  const { status, meaning, action } = ERRORS[error.code];
  response.writeHead(status, { 'Content-Type': 'application/problem+json', Connection: 'close' });
  response.end(JSON.stringify({ type: 'about:blank', title: meaning, status, detail: error.message, code: error.code, retryable: error.retryable, action, ...(error.data ? { data: error.data } : {}) }));
}

export async function startImageServer(options: { file?: () => ServedFile | null; uploads?: () => { uploads: Uploads; claims: UploadTicket } }): Promise<ImageServer> {
  let cuts = { afterBytes: 0, times: 0 };
  const requests: ImageServer['requests'] = [];
  const sockets = new Set<Socket>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.startsWith('/uploads') && options.uploads) {
      if (cuts.times > 0 && request.method === 'PATCH') {
        cuts.times -= 1;
        let seen = 0;
        request.on('data', (chunk: Buffer) => { seen += chunk.length; if (seen >= cuts.afterBytes) request.socket.destroy(); });
        request.pause();
      }
      const { uploads, claims } = options.uploads();
      const name = request.url.split('/')[2] ?? null;
      return handleTus(uploads, request, response, { claims, path: '/uploads', name });
    }
    const file = options.file?.();
    if (!file) { response.writeHead(404).end(); return; }
    if (cuts.times > 0) {
      cuts.times -= 1;
      const { afterBytes } = cuts;
      if (afterBytes === 0) { request.socket.destroy(); return; }
      const start = request.socket.bytesWritten;
      const write = response.write.bind(response);
      response.write = ((chunk: Buffer, done: (e?: Error | null) => void) => {
        const gone = request.socket.bytesWritten - start + chunk.length > afterBytes;
        if (!gone) return write(chunk, done);
        return write(chunk.subarray(0, 1000), () => { request.socket.destroy(); done(new Error('cut')); });
      }) as typeof response.write;
    }
    await serveFile(request, response, file);
  }

  const server = createServer((request, response) => {
    response.once('close', () => requests.push({ method: request.method ?? '', range: request.headers.range, status: response.statusCode }));
    answer(request, response).catch((e: unknown) => problem(response, e));
  });
  server.on('connection', (socket) => { sockets.add(socket); socket.once('close', () => sockets.delete(socket)); });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    cut(afterBytes, times) { cuts = { afterBytes, times }; },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => { server.close(() => resolve()); });
    },
  };
}
