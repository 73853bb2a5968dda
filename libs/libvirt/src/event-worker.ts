// The worker that runs libvirt's event loop: one per process, because libvirt has one loop per process and calls back on the thread that runs it.
// It never returns to Node's own loop: requests are fetched between two rounds, notices go out with postMessage.
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { KEEPALIVE } from './call-worker.ts';
import { LIFECYCLE } from './constants.ts';
import { loadNative, type Pointer } from './native.ts';
import type { WatchNotice, WatchRequest } from './protocol.ts';

const HEARTBEAT_MS = 100; // wakes the loop, so that requests and reconnects are seen
const RECONNECT_MS = 500;

interface Watch {
  id: number;
  uri: string;
  connection: Pointer;
  eventId: number;
  dead: boolean;
  tryAt: number;
  told: boolean;
}

export function runEventWorker(port: MessagePort): void {
  const native = loadNative();
  const { koffi } = native;
  const say = (notice: WatchNotice): void => port.postMessage(notice);
  const watches = new Map<number, Watch>();

  // Before any connection is opened: connections take the loop that is registered when they open.
  native.check(native.registerEventImpl());
  const tick = koffi.register(() => undefined, 'TimeoutCallback *');
  const timer = native.check(native.addTimeout(HEARTBEAT_MS, tick, null, null)) as number;

  function connect(w: Watch): void {
    w.tryAt = Date.now() + RECONNECT_MS;
    native.resetLastError();
    const connection: Pointer = native.open(w.uri);
    if (connection === null) {
      if (!w.told) say({ kind: 'disconnected', watch: w.id, message: native.lastError().message });
      w.told = true;
      return;
    }
    const lifecycle = koffi.register((_c: Pointer, domain: Pointer, event: number, detail: number) => {
      const uuid = Buffer.alloc(37);
      native.domainUuid(domain, uuid);
      const name = LIFECYCLE[event];
      if (name) say({ kind: 'lifecycle', watch: w.id, name: native.domainName(domain) as string, uuid: uuid.toString('latin1', 0, 36), event: name, detail });
    }, 'LifecycleCallback *');
    const closed = koffi.register(() => {
      w.dead = true;
    }, 'CloseCallback *');
    w.connection = connection;
    w.dead = false;
    native.setKeepAlive(connection, KEEPALIVE.intervalSeconds, KEEPALIVE.count);
    native.onClose(connection, closed, null, null); // drivers without a daemon refuse: fine
    w.eventId = native.onLifecycle(connection, null, 0, lifecycle, null, null) as number;
    release.set(w, () => {
      if (w.eventId >= 0) native.offEvent(connection, w.eventId);
      native.offClose(connection, closed);
      native.close(connection);
      // libvirt drops its callbacks in its own time, in the loop: freeing them at once would leave it dangling pointers.
      retired.push(() => {
        koffi.unregister(lifecycle);
        koffi.unregister(closed);
      });
    });
    w.told = false;
    if (w.eventId < 0) {
      disconnect(w, native.lastError().message);
      return;
    }
    say({ kind: 'connected', watch: w.id });
  }
  const release = new Map<Watch, () => void>();
  let retired: (() => void)[] = [];

  function disconnect(w: Watch, message: string | null): void {
    release.get(w)?.();
    release.delete(w);
    w.connection = null;
    w.dead = false;
    if (message !== null) {
      say({ kind: 'disconnected', watch: w.id, message });
      w.told = true;
    }
  }

  say({ kind: 'ready' });
  let rounds = 0;
  for (;;) {
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      const request = next.message as WatchRequest;
      if ('quit' in request) {
        for (const w of watches.values()) disconnect(w, null);
        native.removeTimeout(timer);
        port.close();
        return;
      }
      if ('unwatch' in request) {
        const w = watches.get(request.unwatch);
        if (w) disconnect(w, null);
        watches.delete(request.unwatch);
      } else {
        watches.set(request.watch, { id: request.watch, uri: request.uri, connection: null, eventId: -1, dead: false, tryAt: 0, told: false });
      }
    }
    for (const w of watches.values()) {
      if (w.dead) disconnect(w, 'the connection to libvirtd was lost');
      if (w.connection === null && Date.now() >= w.tryAt) connect(w);
    }
    native.runEvents();
    if (retired.length > 0 && ++rounds >= 20) {
      for (const forget of retired) forget();
      retired = [];
      rounds = 0;
    }
  }
}
