// Door of our binding of libvirt: worker threads over koffi. Used by the node controller; loads no native code on the main thread.
export { openLibvirt, type Libvirt, type LibvirtEvent, type LibvirtOptions } from './client.ts';
export type { DomainRecord, DomainStats, NodeInfo } from './calls.ts';
export { CREATE, SAVE, SHUTDOWN, STATS, STOPPED_DETAIL, UNDEFINE, UNDEFINE_EVERYTHING, type LifecycleEvent, type NativeDomainState } from './constants.ts';
export { libvirtCode } from './errors.ts';
