// What is kept of images and their versions, and the only ways to change it. Part of ../interface.
import type { ImageFormat, ImageUsage, Said, VersionState } from '@educloud/contracts';
import type { PageOf, PageRequest } from './page.ts';

/** `heldBy`: the task that is making a version of it. `deletedAt`: it stays a row as long as something names it. */
export interface ImageRow { id: string; name: string; ostype: string; usage: ImageUsage; description: string; heldBy: string | null; deletedAt: number | null; createdAt: number; updatedAt: number; createdBy: string }
/** One file at one Walrus; its number never means another. */
export interface VersionRow {
  imageId: string; version: number; state: VersionState; sha256: string | null; sizeBytes: number | null; virtualSizeBytes: number | null; format: ImageFormat | null;
  /** Declared before the upload. */
  declared: { sizeBytes: number; sha256: string | null; format: ImageFormat } | null;
  parentImageId: string | null; parentVersion: number | null; tid: string | null; walrusId: string | null; error: Said | null;
  createdAt: number; createdBy: string;
}

export interface ImageStore {
  image(id: string): Promise<ImageRow | null>;
  /** The image, locked until the commit, so that nobody deletes it under whoever is beginning to use it; null = there is none, or it is deleted. */
  useImage(id: string): Promise<ImageRow | null>;
  /** The same for whoever changes nothing of the image: a class may keep it at once. Not before a change of its row in the same transaction. */
  keepImage(id: string): Promise<ImageRow | null>;
  /** Without deleted ones and, unless asked, without those that have no available version. Newest first. */
  images(page: PageRequest & { all?: boolean }): Promise<PageOf<ImageRow>>;
  countImages(): Promise<number>;
  insertImage(row: ImageRow): Promise<void>;
  /** False: there is none, or it is deleted. */
  updateImage(id: string, set: Partial<Pick<ImageRow, 'name' | 'description' | 'updatedAt'>>): Promise<boolean>;
  /** False: it was deleted already. */
  markDeleted(id: string, now: number): Promise<boolean>;
  /** In every state, oldest first. */
  versions(imageId: string): Promise<VersionRow[]>;
  version(imageId: string, version: number): Promise<VersionRow | null>;
  /** Those there are, in no order. */
  versionsOf(keys: Array<{ imageId: string; version: number }>): Promise<VersionRow[]>;
  /** The highest number whose file is there. */
  latestAvailable(imageId: string): Promise<VersionRow | null>;
  /** By image; those that have none are missing. */
  latestAvailableOf(imageIds: string[]): Promise<Map<string, VersionRow>>;
  /** Beside a controller of an earlier version, which does not keep it: which images are listed is looked up anew. */
  relist(): Promise<void>;
  /** Inserts under the next free number (never reused) and returns it. @throws NOT_FOUND no such image, or it is deleted */
  reserveVersion(row: Omit<VersionRow, 'version'>): Promise<number>;
  /** CAS on the state being one of `from`. */
  setVersion(imageId: string, version: number, from: VersionState[], set: Partial<Omit<VersionRow, 'imageId' | 'version'>>): Promise<boolean>;
  /** People's uploads that began before and never ended are refused. Returns how many. */
  closeAbandonedUploads(before: number): Promise<number>;
  /** CAS heldBy null → tid (or tid → tid). False: somebody else holds it. */
  hold(imageId: string, tid: string): Promise<boolean>;
  /** Nothing happens when somebody else holds it. */
  release(imageId: string, tid: string): Promise<void>;
  /** Ids of images of an OS type, deleted ones not; oldest first. */
  imagesOfType(ostype: string): Promise<string[]>;
  /** Tids of unfinished tasks that use the image as source or destination, and ids of instances of it. Whoever deletes it marks it first: then no new one can come. */
  references(imageId: string): Promise<string[]>;
}
