// A worker that answers calls on its own connection, one after the other, synchronously: libvirt keeps the last error per thread.
import type { MessagePort } from 'node:worker_threads';
import { makeCalls } from './calls.ts';
import { ERR, FROM_RPC, FROM_REMOTE } from './constants.ts';
import { LibvirtError, loadNative, type NativeError, type Pointer } from './native.ts';
import type { CallReply, CallRequest } from './protocol.ts';

/** Keepalive of the connection: a daemon that answers nothing for interval × count seconds is gone, and calls under way return. */
export const KEEPALIVE = { intervalSeconds: 5, count: 3 } as const;

export function runCallWorker(port: MessagePort, uri: string): void {
  const native = loadNative();
  let connection: Pointer = null;
  let opening = false;

  const drop = (): void => {
    if (connection !== null) native.close(connection);
    connection = null;
  };
  /** isAlive looks only at the socket (microseconds), so it is asked before each call. */
  const connect = (): void => {
    if (connection !== null && native.isAlive(connection) === 1) return;
    drop();
    opening = true;
    connection = native.check(native.open(uri));
    native.setKeepAlive(connection, KEEPALIVE.intervalSeconds, KEEPALIVE.count); // drivers without a socket refuse: fine
    opening = false;
  };
  const calls = makeCalls(native, () => connection) as unknown as Record<string, (...args: unknown[]) => unknown>;

  const isConnectionError = (e: NativeError): boolean =>
    opening || e.code === ERR.NO_CONNECT || e.code === ERR.INVALID_CONN || ((e.domain === FROM_RPC || e.domain === FROM_REMOTE) && (connection === null || native.isAlive(connection) !== 1));

  port.on('message', (request: CallRequest) => {
    let reply: CallReply;
    try {
      native.resetLastError();
      connect();
      reply = { id: request.id, ok: true, value: calls[request.call]?.(...request.args) };
    } catch (e) {
      const error = e instanceof LibvirtError ? e.native : { code: -1, domain: -1, message: e instanceof Error ? e.message : String(e) };
      reply = { id: request.id, ok: false, error, connection: isConnectionError(error) };
      opening = false;
      if (reply.connection) drop();
    }
    port.postMessage(reply);
  });
}
