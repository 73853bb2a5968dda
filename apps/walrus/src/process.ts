// The process of this daemon: configuration from file and environment, then startWalrus; exit codes as in libs/config.
import { daemonConfig, notifySocket, runDaemon } from '@educloud/config';
import { createLog } from '@educloud/log';
import { createNotifier } from '@educloud/sdnotify';
import { WalrusConfig, startWalrus } from './main.ts';

runDaemon({
  role: 'walrus',
  load: () => daemonConfig('walrus', WalrusConfig, ['clcUrl']),
  log: (config) => createLog({ role: 'walrus', level: config.logLevel }),
  start: startWalrus,
  notify: createNotifier({ socket: notifySocket() }),
});
