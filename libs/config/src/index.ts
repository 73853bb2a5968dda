// Configuration and the main of a daemon process. The only reader of process.env.
export { loadConfig, type ConfigRequest } from './load-config.ts';
export { variableName } from './environment.ts';
export type { SeedConf } from './seed-conf.ts';
export { runDaemon, EXIT_CONFIG, type DaemonMain, type MainLog } from './run-daemon.ts';
export { daemonConfig, notifySocket } from './daemon-config.ts';
export { daemonClock } from './clock.ts';
export { bossUrl, daemonName, daemonSettings, failAt } from './daemon-settings.ts';
