// A first image on real parts: installed from a medium onto an empty disk, by five processes and a real guest.
import assert from 'node:assert/strict';
import type { TaskView } from '@educloud/contracts';
import { eventually } from '../support/eventually.ts';
import { nothingIsLeft } from '../support/leftovers.ts';
import { at, buildScene } from './build-real/scene.ts';

describe('a first image, by five processes on real servers', function () {
  this.timeout(300_000);
  const scene = buildScene();
  const { guest, show, step, create, bootedFrom } = scene;

  it('installs a system from a medium onto an empty disk, and boots what was installed', async () => {
    const medium = await scene.upload('iso', 'installer.iso');
    const begun = await scene.edu.json<TaskView>('image', 'create', '--blank', '256M', '--iso', medium.imageId, '--name', 'installed');
    await step(begun.tid, 'prepare');
    await step(begun.tid, 'run');
    // The installer powers off when it is done.
    await eventually('the installation ends', async () => at(await show(begun.tid)) === 'editing/stopped', 180_000);
    const submitted = await step(begun.tid, 'submit');
    assert.ok(submitted.result);
    const again = await bootedFrom(await create(submitted.result.imageId, 'from the installed one'));
    assert.match(await guest(again).sh('uname -a'), /Linux educloud-guest/);
    await step(again.tid, 'cancel');
    await nothingIsLeft(scene.cloud);
    await scene.edu.json('image', 'delete', medium.imageId);
  });
});
