// The process of this daemon: configuration from file and environment, then startClc; exit codes as in libs/config.
import { daemonConfig, notifySocket, runDaemon } from '@educloud/config';
import { createLog } from '@educloud/log';
import { createNotifier } from '@educloud/sdnotify';
import { ClcConfig, startClc } from './main.ts';
import { pagesDir } from './pages-dir.ts';

runDaemon({
  role: 'clc',
  load: () => daemonConfig('clc', ClcConfig),
  log: (config) => createLog({ role: 'clc', level: config.logLevel }),
  start: (config) => startClc(config, { mode: 'distributed', pages: pagesDir() }),
  notify: createNotifier({ socket: notifySocket() }),
});
