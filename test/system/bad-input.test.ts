// "A clear error, and nothing lost": whatever people, programs, messages and full disks do to a running cloud. One cloud for all of it.
import { diskFullSuite } from './bad-input/disk-full.suite.ts';
import { doorSuite } from './bad-input/door.suite.ts';
import { secretSuite } from './bad-input/secrets.suite.ts';
import { serversAwaySuite } from './bad-input/servers-away.suite.ts';
import { uploadSuite } from './bad-input/uploads.suite.ts';
import { keepLogs } from '../support/keep-logs.ts';
import { openScene, type Scene } from './bad-input/scene.ts';
import { messageSuite } from './bad-input/messages.suite.ts';
import { networkSuite } from './bad-input/networks.suite.ts';
import { requestSuite } from './bad-input/requests.suite.ts';

describe('bad input and trouble', function () {
  this.timeout(60_000);
  let scene: Scene;
  const theScene = (): Scene => scene;

  before('a distributed cloud on real servers', async function () {
    this.timeout(180_000);
    scene = await openScene();
  });
  after('stop it', async function () {
    this.timeout(60_000);
    if (scene) keepLogs(this.test?.parent, scene.dir);
    await scene?.close();
  });

  requestSuite(theScene);
  networkSuite(theScene);
  doorSuite(theScene);
  uploadSuite(theScene);
  messageSuite(theScene);
  diskFullSuite(theScene);
  serversAwaySuite(theScene);
  secretSuite(theScene);
});
