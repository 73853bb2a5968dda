// The process of this daemon: configuration from file and environment, then startNc; exit codes as in libs/config.
import { daemonConfig, notifySocket, runDaemon } from '@educloud/config';
import { createLog } from '@educloud/log';
import { createNotifier } from '@educloud/sdnotify';
import { NcConfig, startNc } from './main.ts';

runDaemon({
  role: 'nc',
  load: () => daemonConfig('nc', NcConfig, ['ccUrl']),
  log: (config) => createLog({ role: 'nc', level: config.logLevel }),
  start: startNc,
  notify: createNotifier({ socket: notifySocket() }),
});
