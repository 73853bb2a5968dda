// What browsers and `edu` are told, in order. Part of ../interface.

/** `subject`: the id of what it tells of. `id` is what browsers send back as `Last-Event-ID`. */
export interface EventRow { id: number; kind: 'task' | 'node' | 'image' | 'instance' | 'batch'; subject: string; payload: unknown; at: number }
export interface EventStore {
  /** Told with the commit of the change it tells of. */
  append(kind: EventRow['kind'], subject: string, payload: unknown): Promise<void>;
  /** In order of id, which is the order of commits, whoever wrote them. */
  after(id: number, limit: number): Promise<EventRow[]>;
  /** 0: nothing was ever told. */
  lastId(): Promise<number>;
  /** Forgets what is older; returns how many. */
  trim(before: number): Promise<number>;
}
