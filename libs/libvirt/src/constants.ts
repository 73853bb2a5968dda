// Numbers of libvirt's C interface that we use, by the names of its headers.

/** virDomainState */
export const DOMAIN_STATE = ['nostate', 'running', 'blocked', 'paused', 'shutdown', 'shutoff', 'crashed', 'pmsuspended'] as const;
export type NativeDomainState = (typeof DOMAIN_STATE)[number];

/** virDomainEventType */
export const LIFECYCLE = ['defined', 'undefined', 'started', 'suspended', 'resumed', 'stopped', 'shutdown', 'pmsuspended', 'crashed'] as const;
export type LifecycleEvent = (typeof LIFECYCLE)[number];

/** virDomainEventStoppedDetailType */
export const STOPPED_DETAIL = ['shutdown', 'destroyed', 'crashed', 'migrated', 'saved', 'failed', 'from-snapshot'] as const;

/** virDomainShutdownFlagValues */
export const SHUTDOWN = { ACPI_POWER_BTN: 1, GUEST_AGENT: 2 } as const;

/** virDomainCreateFlags: what was saved is thrown away. */
export const CREATE = { FORCE_BOOT: 8 } as const;
/** virDomainSaveRestoreFlags: it runs when it is restored, also when it was paused. */
export const SAVE = { RUNNING: 2 } as const;

/** virDomainUndefineFlagsValues: MANAGED_SAVE | SNAPSHOTS_METADATA | NVRAM | CHECKPOINTS_METADATA. Without them undefine refuses, or leaves files behind. */
export const UNDEFINE = { MANAGED_SAVE: 1, SNAPSHOTS_METADATA: 2, NVRAM: 4, CHECKPOINTS_METADATA: 16 } as const;
export const UNDEFINE_EVERYTHING = UNDEFINE.MANAGED_SAVE | UNDEFINE.SNAPSHOTS_METADATA | UNDEFINE.NVRAM | UNDEFINE.CHECKPOINTS_METADATA;

/** virDomainStatsTypes */
export const STATS = { STATE: 1, CPU_TOTAL: 2, BALLOON: 4, VCPU: 8, INTERFACE: 16, BLOCK: 32 } as const;
/** virConnectGetAllDomainStatsFlags: do not wait for a QEMU that is busy. */
export const STATS_NOWAIT = 1 << 29;
/** virDomainMetadataType: a custom element with its own namespace. */
export const METADATA_ELEMENT = 2;
/** virDomainQemuMonitorCommandFlags: the line is as people type it. */
export const MONITOR_HMP = 1;

/** virErrorNumber */
export const ERR = {
  INTERNAL_ERROR: 1, INVALID_CONN: 6, OPERATION_FAILED: 9, SYSTEM_ERROR: 38, RPC: 39, NO_DOMAIN: 42, OPERATION_INVALID: 55,
  NO_DOMAIN_METADATA: 80, AGENT_UNRESPONSIVE: 86, AGENT_UNSYNCED: 97, NO_CONNECT: 5, AUTH_FAILED: 45, AGENT_COMMAND_TIMEOUT: 112, AGENT_COMMAND_FAILED: 113,
} as const;
/** virErrorDomain of the RPC layer and of the remote driver: the connection itself. */
export const FROM_RPC = 7;
export const FROM_REMOTE = 13;
