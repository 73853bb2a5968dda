// Two openings of one fresh database per test, for the contracts of the stores.
import { silentLog } from '@educloud/log';
import { openStore, type Store, type Tx } from '../../../apps/clc/src/store/index.ts';
import type { Databases } from '../../support/store-databases.ts';

export const MANY = 20;
export const times = <T>(n: number, work: (i: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: n }, (_, i) => work(i)));
export const trues = (answers: boolean[]): number => answers.filter(Boolean).length;

export interface StoreScene {
  /** Known when tests are named, unlike the rest. */
  readonly kind: Databases['kind'];
  store: Store;
  /** Two processes on one database, as far as the database can tell. */
  other: Store;
  url: string;
  /** Epoch ms of both. */
  clock: number;
  open(): Promise<Store>;
  both(i: number): Store;
  at<T>(i: number, work: (tx: Tx) => Promise<T>): Promise<T>;
}

/** Inside a `describe`. */
export function storeScene(databases: Databases): StoreScene {
  const scene = {
    kind: databases.kind,
    clock: 1_000_000,
    open: () => openStore({ url: scene.url, log: silentLog(), now: () => scene.clock }),
    both: (i) => (i % 2 === 0 ? scene.store : scene.other),
    at: (i, work) => scene.both(i).transaction(work),
  } as StoreScene;

  before(async function () {
    this.timeout(120_000);
    await databases.start();
  });
  after(async function () {
    this.timeout(60_000);
    await databases.stop();
  });
  beforeEach(async () => {
    scene.url = await databases.migrated();
    [scene.store, scene.other] = await Promise.all([scene.open(), scene.open()]);
  });
  afterEach(async () => {
    await Promise.all([scene.store?.close(), scene.other?.close()]);
  });
  return scene;
}
