// What one transaction knows and owes. A row that it has read is not read again; a row that it holds (locked, so that nobody else can change it
// before the commit) is written once, before the commit, however often it was changed. Each Session of a transaction has one.
import type { Sql, Statement, Table, Write } from '@educloud/database';
import { CloudError } from '@educloud/errors';

type Row = Record<string, unknown>;
interface Owed { from: Table<Row>; key: string; id: string; /** Of the row in the database; null = it is not there yet. */ rev: number | null; set: Row }

export interface UnitOfWork {
  /** A row read earlier in this transaction, as it is now; null = none. */
  known<R>(table: string, id: string): R | null;
  remember<R extends object>(table: string, id: string, row: R): R;
  /** Something of the table was changed by a statement of its own. */
  forget(table: string): void;
  /** The row is ours until the commit. */
  hold<R extends { rev: number }>(table: string, id: string, row: R): R;
  held<R>(table: string, id: string): R | null;
  /** Of a held row: compare-and-set on its rev, against what this transaction knows; what is in the database is compared again when it is written. */
  change<R extends { rev: number }>(from: Table<R>, key: string, id: string, after: R, set: object): void;
  /** A held row that is not in the database yet. */
  insert<R extends { rev: number }>(from: Table<R>, key: string, id: string, row: R): void;
  /** A change whose outcome nobody in this transaction asks for. */
  later(write: Write): void;
  /** What has to be written with the commit. */
  owed(): Write[];
  /** Writes it now, before a statement that looks at these tables by itself. @throws CONFLICT somebody was faster */
  settle(): Promise<void>;
}

/** A list of values for each row must not make a statement of any length. */
const INSERTED_AT_ONCE = 50;

/** `undefined` changes nothing, so it must not take back what an earlier change has set. */
const given = (set: object): Row => Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined));

export function createUnitOfWork(sql: Sql): UnitOfWork {
  let settling: Promise<void> = Promise.resolve();
  const rows = new Map<string, Map<string, object>>();
  const held = new Set<string>();
  const owed = new Map<string, Owed>();
  const others: Write[] = [];
  const place = (table: string, id: string): string => `${table} ${id}`;
  const put = <R extends object>(table: string, id: string, row: R): R => {
    let of = rows.get(table);
    if (!of) rows.set(table, (of = new Map()));
    of.set(id, row);
    return row;
  };

  const update = ({ from, key, id, rev, set }: Owed): Write => {
    const { text, params } = from.assign(set) as Statement;
    return {
      text: `UPDATE ${from.name} SET ${text} WHERE ${key} = ? AND rev = ?`, params: [...params, id, rev as number],
      orElse: () => new CloudError('CONFLICT', `${from.name} ${id} was changed by somebody else`, { retryable: true }),
    };
  };

  function inserts(all: readonly Owed[]): Write[] {
    const fresh = new Map<Table<Row>, Row[]>();
    for (const { from, set } of all) fresh.set(from, [...(fresh.get(from) ?? []), set]);
    return [...fresh].flatMap(([from, inserted]) => Array.from({ length: Math.ceil(inserted.length / INSERTED_AT_ONCE) }, (_, i) => from.insert(...inserted.slice(i * INSERTED_AT_ONCE, (i + 1) * INSERTED_AT_ONCE))));
  }

  function collect(): Write[] {
    const all = [...owed.values()];
    owed.clear();
    return [...inserts(all.filter(({ rev }) => rev === null)), ...all.filter(({ rev }) => rev !== null).map(update), ...others.splice(0)];
  }

  async function write(writes: readonly Write[]): Promise<void> {
    for (const { text, params, orElse } of writes) if ((await sql.run(text, params)) === 0 && orElse) throw orElse();
  }

  return {
    known: <R>(table: string, id: string) => (rows.get(table)?.get(id) as R | undefined) ?? null,
    remember: put,
    forget(table) {
      const of = rows.get(table);
      if (of) for (const id of of.keys()) if (!held.has(place(table, id))) of.delete(id);
    },
    hold(table, id, row) {
      held.add(place(table, id));
      return put(table, id, row);
    },
    held: <R>(table: string, id: string) => (held.has(place(table, id)) ? ((rows.get(table)?.get(id) as R | undefined) ?? null) : null),
    change(from, key, id, after, set) {
      const at = place(from.name, id);
      const before = rows.get(from.name)?.get(id) as { rev: number };
      const earlier = owed.get(at);
      owed.set(at, { from: from as unknown as Table<Row>, key, id, rev: earlier ? earlier.rev : before.rev, set: { ...earlier?.set, ...given(set), rev: after.rev } });
      put(from.name, id, after);
    },
    insert(from, key, id, row) {
      held.add(place(from.name, id));
      owed.set(place(from.name, id), { from: from as unknown as Table<Row>, key, id, rev: null, set: { ...row } });
      put(from.name, id, row);
    },
    later: (write) => void others.push(write),
    owed: collect,
    // Two reads at once wait for the same writes.
    settle() {
      const writes = collect();
      if (writes.length > 0) settling = settling.then(() => write(writes));
      return settling;
    },
  };
}
