// The store of the CLC on SQLite.
import { storeContract } from './store.contract.ts';
import { sqliteFiles } from '../support/store-databases.ts';

storeContract('the store on SQLite', sqliteFiles());
