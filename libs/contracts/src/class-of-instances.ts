// What people choose from when they define instances, one or a class of them, as plain values: also for the pages, which load no schemas.

type Lifetimes = readonly ('temporary' | 'assigned' | 'persistent')[];
/** Which lifetimes each kind may have. A server that forgets at each start what it serves is none. */
export const LIFETIMES: Readonly<Record<'vs' | 'rvd' | 'lvd', Lifetimes>> = { vs: ['persistent', 'temporary'], rvd: ['temporary', 'assigned', 'persistent'], lvd: ['temporary', 'assigned', 'persistent'] };

/** How people get to a guest. all: by its screen in the browser and by its services; console: by its screen alone, no port is opened; services: by its services alone, nobody opens its screen. */
export const ACCESS_MODES = ['all', 'console', 'services'] as const;
/** What a guest is started from first. network: by PXE, then from its disk. */
export const BOOT_FROM = ['disk', 'network'] as const;

export const BATCH_MOST = 500;

export const NUMBER_IN_NAME = '{n}';
/** The name of the n-th of so many; all numbers have as many digits, so that a list by name is in order. */
export const numberedName = (pattern: string, n: number, of: number): string => pattern.replaceAll(NUMBER_IN_NAME, String(n).padStart(String(of).length, '0'));
