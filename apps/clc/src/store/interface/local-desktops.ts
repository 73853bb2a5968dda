// What is kept of local desktops, and the only ways to change it. Part of ../interface.
import type { LocalEnd, LocalState } from '@educloud/contracts';
import type { PageOf, PageRequest } from './page.ts';

/** What a host said last of a local desktop. */
export interface LocalDesktopRow {
  hostId: string; insId: string; state: LocalState; synced: number | null; syncing: number | null; madeFrom: number | null; user: string | null; startedAt: number | null;
  /** Of the report, and when it came. */
  epoch: number; seq: number; at: number;
}
/** The last report of a host that counted: it may have found nothing, and leave no row of a desktop. */
export interface LocalReportRow { hostId: string; epoch: number; seq: number }
/** One run of a local desktop. */
export interface LocalUseRow {
  /** Made on the host: told twice it is one row. */
  id: string; hostId: string; insId: string; name: string; user: string | null; version: number; startedAt: number; stoppedAt: number | null; how: LocalEnd | null;
  /** By the start of the run: lists go by it. */
  createdAt: number;
}
export interface LocalStore {
  /** All that is on the host replaces what was; an older report changes nothing. */
  putLocalDesktops(hostId: string, rows: LocalDesktopRow[], at: { epoch: number; seq: number }): Promise<void>;
  localDesktopsOf(insId: string): Promise<LocalDesktopRow[]>;
  localDesktopsAt(hostId: string): Promise<LocalDesktopRow[]>;
  /** Inserts it, or notes how it ended; what has ended stays as it is. */
  putLocalUse(row: LocalUseRow): Promise<void>;
  /** Newest first. `owner`: of definitions of this person. */
  localUses(page: PageRequest & { insId?: string | undefined; hostId?: string | undefined; owner?: string | undefined }): Promise<PageOf<LocalUseRow>>;
}
