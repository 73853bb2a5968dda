// Names of what is cached, so that the stream and the pages speak of the same thing.
export const keys = {
  me: ['me'] as const,
  images: ['images'] as const,
  tasks: ['tasks'] as const,
  status: ['status'] as const,
  instances: ['instances'] as const,
  batches: ['batches'] as const,
  batch: (id: string) => ['batch', id] as const,
  instance: (id: string) => ['instance', id] as const,
  hosts: ['hosts'] as const,
  host: (id: string) => ['hosts', id] as const,
  /** Stale with the instances. */
  guestsOf: (hostId: string) => ['instances', 'on', hostId] as const,
  desktopsOf: (hostId: string) => ['hosts', hostId, 'desktops'] as const,
  /** Of its own: machines that change do not change it. */
  pulls: ['pull'] as const,
  pullOf: (hostId: string) => ['pull', hostId] as const,
  orphans: ['orphans'] as const,
  networks: ['networks'] as const,
  addresses: (ccId: string) => ['addresses', ccId] as const,
  /** Stale with the instance. */
  localHosts: (id: string) => ['instance', id, 'hosts'] as const,
  serialLog: (id: string) => ['instance', id, 'log'] as const,
  types: (kind: 'vmtypes' | 'ostypes') => ['types', kind] as const,
  task: (tid: string) => ['task', tid] as const,
};
