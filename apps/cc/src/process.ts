// The process of this daemon: configuration from file and environment, then startCc; exit codes as in libs/config.
import { daemonConfig, notifySocket, runDaemon } from '@educloud/config';
import { createLog } from '@educloud/log';
import { createNotifier } from '@educloud/sdnotify';
import { CcConfig, startCc } from './main.ts';

runDaemon({
  role: 'cc',
  load: () => daemonConfig('cc', CcConfig, ['clcUrl']),
  log: (config) => createLog({ role: 'cc', level: config.logLevel }),
  start: startCc,
  notify: createNotifier({ socket: notifySocket() }),
});
