// The process of this daemon: configuration from file and environment, then startSc; exit codes as in libs/config.
import { daemonConfig, notifySocket, runDaemon } from '@educloud/config';
import { createLog } from '@educloud/log';
import { createNotifier } from '@educloud/sdnotify';
import { ScConfig, startSc } from './main.ts';

runDaemon({
  role: 'sc',
  load: () => daemonConfig('sc', ScConfig, ['clcUrl']),
  log: (config) => createLog({ role: 'sc', level: config.logLevel }),
  start: startSc,
  notify: createNotifier({ socket: notifySocket() }),
});
