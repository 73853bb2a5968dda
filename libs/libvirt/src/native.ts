// The C side: libvirt.so.0 and libvirt-qemu.so.0 through koffi. Loaded only inside our worker threads: the main thread never loads koffi.
import koffi from 'koffi';

export type Pointer = unknown;

/** Sizes of the structs we share with C on 64-bit Linux, from libvirt's headers. A wrong one makes Node die without a word. */
export const STRUCT_SIZES = { virError: 80, virNodeInfo: 64, virDomainInfo: 40, virTypedParameter: 96, virDomainStatsRecord: 24 } as const;

export interface NativeError {
  code: number;
  domain: number;
  message: string;
}

/** What libvirt said, still with its own numbers; becomes a CloudError on the main thread. */
export class LibvirtError extends Error {
  readonly native: NativeError;
  constructor(native: NativeError) {
    super(native.message);
    this.native = native;
  }
}

export type Native = ReturnType<typeof loadNative>;

export function loadNative() {
  const lib = koffi.load('libvirt.so.0');
  const qemu = koffi.load('libvirt-qemu.so.0');
  const libc = koffi.load('libc.so.6');

  for (const name of ['virConnect', 'virDomain', 'virStream']) koffi.opaque(name);
  const virError = koffi.struct('virError', {
    code: 'int', domain: 'int', message: 'str', level: 'int', conn: 'void *', dom: 'void *',
    str1: 'str', str2: 'str', str3: 'str', int1: 'int', int2: 'int', net: 'void *',
  });
  const virNodeInfo = koffi.struct('virNodeInfo', {
    model: koffi.array('char', 32, 'String'), memory: 'ulong', cpus: 'uint', mhz: 'uint', nodes: 'uint', sockets: 'uint', cores: 'uint', threads: 'uint',
  });
  const virDomainInfo = koffi.struct('virDomainInfo', { state: 'uchar', maxMem: 'ulong', memory: 'ulong', nrVirtCpu: 'ushort', cpuTime: 'uint64' });
  // The union holds pointers and doubles: without the forced alignment of 8 koffi would lay it out in 92 bytes.
  const virTypedParameter = koffi.struct('virTypedParameter', { field: koffi.array('char', 80, 'String'), type: 'int', value: [8, koffi.array('uint8', 8, 'Array')] });
  const virDomainStatsRecord = koffi.struct('virDomainStatsRecord', { dom: 'virDomain *', params: 'virTypedParameter *', nparams: 'int' });

  const structs = { virError, virNodeInfo, virDomainInfo, virTypedParameter, virDomainStatsRecord };
  for (const [name, expected] of Object.entries(STRUCT_SIZES)) {
    const size = koffi.sizeof(structs[name as keyof typeof structs]);
    if (size !== expected) throw new Error(`struct ${name} has ${size} bytes, libvirt's has ${expected}: refusing to call libvirt`);
  }

  const free = libc.func('void free(void *)');
  koffi.disposable('HeapStr', 'str', free); // malloc'ed `char *` results are freed after they were copied

  koffi.proto('void LifecycleCallback(virConnect *c, virDomain *d, int event, int detail, void *opaque)');
  koffi.proto('void CloseCallback(virConnect *c, int reason, void *opaque)');
  koffi.proto('void TimeoutCallback(int timer, void *opaque)');

  const f = (declaration: string) => lib.func(declaration);
  const api = {
    koffi, structs, free,
    initialize: f('int virInitialize()'),
    setErrorFunc: f('void virSetErrorFunc(void *userData, void *handler)'),
    getLastError: f('virError *virGetLastError()'),
    resetLastError: f('void virResetLastError()'),

    open: f('virConnect *virConnectOpen(str uri)'),
    close: f('int virConnectClose(virConnect *c)'),
    isAlive: f('int virConnectIsAlive(virConnect *c)'),
    setKeepAlive: f('int virConnectSetKeepAlive(virConnect *c, int interval, uint count)'),
    libVersion: f('int virConnectGetLibVersion(virConnect *c, _Out_ ulong *v)'),
    hypervisorVersion: f('int virConnectGetVersion(virConnect *c, _Out_ ulong *v)'),
    hostname: f('HeapStr virConnectGetHostname(virConnect *c)'),
    capabilities: f('HeapStr virConnectGetCapabilities(virConnect *c)'),
    nodeInfo: f('int virNodeGetInfo(virConnect *c, _Out_ virNodeInfo *i)'),
    nodeFreeMemory: f('unsigned long long virNodeGetFreeMemory(virConnect *c)'),

    defineXml: f('virDomain *virDomainDefineXMLFlags(virConnect *c, str xml, uint flags)'),
    lookupByName: f('virDomain *virDomainLookupByName(virConnect *c, str name)'),
    freeDomain: f('int virDomainFree(virDomain *d)'),
    domainName: f('str virDomainGetName(virDomain *d)'),
    domainUuid: f('int virDomainGetUUIDString(virDomain *d, _Out_ char *buf)'),
    create: f('int virDomainCreateWithFlags(virDomain *d, uint flags)'),
    resume: f('int virDomainResume(virDomain *d)'),
    suspend: f('int virDomainSuspend(virDomain *d)'),
    shutdown: f('int virDomainShutdownFlags(virDomain *d, uint flags)'),
    destroy: f('int virDomainDestroyFlags(virDomain *d, uint flags)'),
    managedSave: f('int virDomainManagedSave(virDomain *d, uint flags)'),
    hasManagedSave: f('int virDomainHasManagedSaveImage(virDomain *d, uint flags)'),
    managedSaveRemove: f('int virDomainManagedSaveRemove(virDomain *d, uint flags)'),
    undefine: f('int virDomainUndefineFlags(virDomain *d, uint flags)'),
    getState: f('int virDomainGetState(virDomain *d, _Out_ int *state, _Out_ int *reason, uint flags)'),
    getInfo: f('int virDomainGetInfo(virDomain *d, _Out_ virDomainInfo *i)'),
    xml: f('HeapStr virDomainGetXMLDesc(virDomain *d, uint flags)'),
    metadata: f('HeapStr virDomainGetMetadata(virDomain *d, int type, str uri, uint flags)'),
    listAll: f('int virConnectListAllDomains(virConnect *c, _Out_ void **domains, uint flags)'),
    allStats: f('int virConnectGetAllDomainStats(virConnect *c, uint stats, _Out_ void **records, uint flags)'),
    freeStats: f('void virDomainStatsRecordListFree(void *records)'),
    agentCommand: qemu.func('HeapStr virDomainQemuAgentCommand(virDomain *d, str cmd, int timeout, uint flags)'),

    // The answer is malloc'ed: read and freed by the caller.
    monitorCommand: qemu.func('int virDomainQemuMonitorCommand(virDomain *d, str cmd, _Out_ void **result, uint flags)'),

    newStream: f('virStream *virStreamNew(virConnect *c, uint flags)'),
    freeStream: f('int virStreamFree(virStream *s)'),
    abortStream: f('int virStreamAbort(virStream *s)'),
    finishStream: f('int virStreamFinish(virStream *s)'),
    receive: f('int virStreamRecv(virStream *s, _Out_ void *bytes, size_t size)'),
    screenshot: f('HeapStr virDomainScreenshot(virDomain *d, virStream *s, uint screen, uint flags)'),

    registerEventImpl: f('int virEventRegisterDefaultImpl()'),
    runEvents: f('int virEventRunDefaultImpl()'),
    addTimeout: f('int virEventAddTimeout(int ms, TimeoutCallback *cb, void *opaque, void *ff)'),
    removeTimeout: f('int virEventRemoveTimeout(int timer)'),
    onLifecycle: f('int virConnectDomainEventRegisterAny(virConnect *c, virDomain *d, int id, LifecycleCallback *cb, void *opaque, void *ff)'),
    offEvent: f('int virConnectDomainEventDeregisterAny(virConnect *c, int id)'),
    onClose: f('int virConnectRegisterCloseCallback(virConnect *c, CloseCallback *cb, void *opaque, void *ff)'),
    offClose: f('int virConnectUnregisterCloseCallback(virConnect *c, CloseCallback *cb)'),
  };

  if (api.initialize() < 0) throw new Error('virInitialize failed');
  // libvirt prints every error to stderr unless it has a handler. A JavaScript one would be called from foreign threads and deadlock,
  // so it gets a C function that takes no notice of its arguments.
  api.setErrorFunc(null, libc.symbol('getpid'));

  /** The calling thread's last error. */
  const lastError = (): NativeError => {
    const p: Pointer = api.getLastError();
    if (p === null) return { code: 0, domain: 0, message: 'libvirt gave no reason' };
    const e = koffi.decode(p, virError) as { code: number; domain: number; message: string | null };
    return { code: e.code, domain: e.domain, message: e.message ?? 'libvirt gave no reason' };
  };

  /** Throws the thread's own error when a call failed: NULL or -1. */
  const check = <T>(result: T): T => {
    if (result === null || result === undefined || (result as unknown) === -1) throw new LibvirtError(lastError());
    return result;
  };

  return { ...api, lastError, check };
}
