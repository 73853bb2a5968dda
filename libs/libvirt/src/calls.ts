// Every call a worker can make, on its own connection and thread. Domains are named, never passed as pointers: handles do not cross threads.
import { DOMAIN_STATE, ERR, METADATA_ELEMENT, MONITOR_HMP, STATS_NOWAIT, type NativeDomainState } from './constants.ts';
import { LibvirtError, type Native, type Pointer } from './native.ts';

export interface NodeInfo {
  model: string;
  memoryMiB: number;
  freeMemoryMiB: number;
  cpus: number;
}
export interface DomainRecord {
  name: string;
  uuid: string;
  state: NativeDomainState;
  reason: number;
  /** Our element of the domain's metadata, as XML; null when it has none. */
  metadata: string | null;
}
export interface DomainStats {
  name: string;
  values: Record<string, number | string | boolean>;
}

/** Typed parameters as plain values (virTypedParameterType 1 to 7). */
function decodeParameter(native: Native, type: number, bytes: Buffer): number | string | boolean {
  switch (type) {
    case 1: return bytes.readInt32LE();
    case 2: return bytes.readUInt32LE();
    case 3: return Number(bytes.readBigInt64LE());
    case 4: return Number(bytes.readBigUInt64LE());
    case 5: return bytes.readDoubleLE();
    case 6: return bytes[0] !== 0;
    default: return String(native.koffi.decode(bytes, 'str'));
  }
}

export function makeCalls(native: Native, conn: () => Pointer) {
  const { check, koffi } = native;

  const withDomain = <T>(name: string, work: (domain: Pointer) => T): T => {
    const domain: Pointer = check(native.lookupByName(conn(), name));
    try {
      return work(domain);
    } finally {
      native.freeDomain(domain);
    }
  };
  const stateOf = (domain: Pointer): { state: NativeDomainState; reason: number } => {
    const state = [0];
    const reason = [0];
    check(native.getState(domain, state, reason, 0));
    return { state: DOMAIN_STATE[state[0] ?? 0] ?? 'nostate', reason: reason[0] ?? 0 };
  };
  const metadataOf = (domain: Pointer, uri: string): string | null => {
    const text = native.metadata(domain, METADATA_ELEMENT, uri, 0) as string | null;
    if (text !== null) return text;
    const why = native.lastError();
    if (why.code === ERR.NO_DOMAIN_METADATA) return null;
    throw new LibvirtError(why);
  };
  const uuidOf = (domain: Pointer): string => {
    const buffer = Buffer.alloc(37);
    check(native.domainUuid(domain, buffer));
    return buffer.toString('latin1', 0, 36);
  };
  const recordOf = (domain: Pointer, metadataUri: string): DomainRecord => ({
    name: native.domainName(domain) as string,
    uuid: uuidOf(domain),
    ...stateOf(domain),
    metadata: metadataOf(domain, metadataUri),
  });
  const pointers = (array: Pointer, count: number): Pointer[] => (count === 0 ? [] : (koffi.decode(array, koffi.array('void *', count)) as Pointer[]));

  return {
    version(): { libvirt: string; hypervisor: string } {
      const dotted = (n: number) => `${Math.floor(n / 1_000_000)}.${Math.floor(n / 1000) % 1000}.${n % 1000}`;
      const lib = [0];
      const hv = [0];
      check(native.libVersion(conn(), lib));
      check(native.hypervisorVersion(conn(), hv));
      return { libvirt: dotted(Number(lib[0])), hypervisor: dotted(Number(hv[0])) };
    },
    hostname: (): string => check(native.hostname(conn())) as string,
    capabilities: (): string => check(native.capabilities(conn())) as string,
    nodeInfo(): NodeInfo {
      const info: { model?: string; memory?: number | bigint; cpus?: number } = {};
      check(native.nodeInfo(conn(), info));
      const free = Number(native.nodeFreeMemory(conn()));
      return { model: info.model ?? '', memoryMiB: Math.floor(Number(info.memory ?? 0) / 1024), freeMemoryMiB: Math.floor(free / 1_048_576), cpus: info.cpus ?? 0 };
    },

    define(xml: string, flags = 0): { uuid: string } {
      const domain: Pointer = check(native.defineXml(conn(), xml, flags));
      try {
        return { uuid: uuidOf(domain) };
      } finally {
        native.freeDomain(domain);
      }
    },
    create: (name: string, flags = 0): void => withDomain(name, (d) => void check(native.create(d, flags))),
    resume: (name: string): void => withDomain(name, (d) => void check(native.resume(d))),
    suspend: (name: string): void => withDomain(name, (d) => void check(native.suspend(d))),
    shutdown: (name: string, flags: number): void => withDomain(name, (d) => void check(native.shutdown(d, flags))),
    destroy: (name: string, flags = 0): void => withDomain(name, (d) => void check(native.destroy(d, flags))),
    managedSave: (name: string, flags: number): void => withDomain(name, (d) => void check(native.managedSave(d, flags))),
    hasManagedSave: (name: string): boolean => withDomain(name, (d) => (check(native.hasManagedSave(d, 0)) as number) === 1),
    managedSaveRemove: (name: string): void => withDomain(name, (d) => void check(native.managedSaveRemove(d, 0))),
    undefine: (name: string, flags: number): void => withDomain(name, (d) => void check(native.undefine(d, flags))),
    state: (name: string): { state: NativeDomainState; reason: number } => withDomain(name, stateOf),
    lookup: (name: string, metadataUri: string): DomainRecord => withDomain(name, (d) => recordOf(d, metadataUri)),
    dumpXml: (name: string, flags = 0): string => withDomain(name, (d) => check(native.xml(d, flags)) as string),

    list(metadataUri: string, flags = 0): DomainRecord[] {
      const out: Pointer[] = [null];
      const count = check(native.listAll(conn(), out, flags)) as number;
      const domains = pointers(out[0], count);
      const records: DomainRecord[] = [];
      try {
        for (const domain of domains) {
          try {
            records.push(recordOf(domain, metadataUri));
          } catch (e) {
            // Undefined since the list was taken.
            if (!(e instanceof LibvirtError && e.native.code === ERR.NO_DOMAIN)) throw e;
          }
        }
      } finally {
        for (const domain of domains) native.freeDomain(domain);
        native.free(out[0]);
      }
      return records;
    },

    stats(mask = 0, flags: number = STATS_NOWAIT): DomainStats[] {
      const out: Pointer[] = [null];
      const count = check(native.allStats(conn(), mask, out, flags)) as number;
      try {
        return pointers(out[0], count).map((p) => {
          const record = koffi.decode(p, native.structs.virDomainStatsRecord) as { dom: Pointer; params: Pointer; nparams: number };
          const params = record.nparams === 0 ? [] : (koffi.decode(record.params, koffi.array(native.structs.virTypedParameter, record.nparams)) as { field: string; type: number; value: number[] }[]);
          return {
            name: native.domainName(record.dom) as string,
            values: Object.fromEntries(params.map((p) => [p.field, decodeParameter(native, p.type, Buffer.from(p.value))])),
          };
        });
      } finally {
        native.freeStats(out[0]);
      }
    },

    agentCommand: (name: string, command: string, timeoutSeconds: number): string =>
      withDomain(name, (d) => check(native.agentCommand(d, command, timeoutSeconds, 0)) as string),

    /** A line for QEMU's monitor as people type it, and what it prints. */
    monitorCommand: (name: string, line: string): string =>
      withDomain(name, (d) => {
        const out: Pointer[] = [null];
        check(native.monitorCommand(d, line, out, MONITOR_HMP));
        try {
          return String(koffi.decode(out[0], 'char', -1));
        } finally {
          native.free(out[0]);
        }
      }),

    /** One picture of a screen: PNG or PPM, as libvirt says in `mime`. */
    screenshot: (name: string, screen = 0): { mime: string; bytes: Uint8Array } =>
      withDomain(name, (d) => {
        const stream: Pointer = check(native.newStream(conn(), 0));
        try {
          const mime = check(native.screenshot(d, stream, screen, 0)) as string;
          const parts: Buffer[] = [];
          const chunk = Buffer.alloc(65_536);
          for (;;) {
            const n = check(native.receive(stream, chunk, chunk.length)) as number;
            if (n === 0) break;
            parts.push(Buffer.from(chunk.subarray(0, n)));
          }
          check(native.finishStream(stream));
          return { mime, bytes: new Uint8Array(Buffer.concat(parts)) };
        } catch (e) {
          native.abortStream(stream);
          throw e;
        } finally {
          native.freeStream(stream);
        }
      }),
  };
}

export type Calls = ReturnType<typeof makeCalls>;
export type CallName = keyof Calls;
export type CallArguments<N extends CallName> = Parameters<Calls[N]>;
export type CallResult<N extends CallName> = ReturnType<Calls[N]>;
