// The process of the all-in-one: one configuration with a part per daemon.
import { daemonConfig, notifySocket, runDaemon } from '@educloud/config';
import { createLog } from '@educloud/log';
import { createNotifier } from '@educloud/sdnotify';
import { AllInOneConfig, startAllInOne } from './main.ts';

runDaemon({
  role: 'all-in-one',
  load: () => daemonConfig('all-in-one', AllInOneConfig),
  log: (config) => createLog({ role: 'all-in-one', level: config.clc.logLevel }),
  start: startAllInOne,
  notify: createNotifier({ socket: notifySocket() }),
});
