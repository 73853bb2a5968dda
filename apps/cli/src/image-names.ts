// Images by the name a person knows them by: instances and versions name them by id. Asked for once, not per row; what programs read keeps the ids.
import type { ImageView } from '@educloud/contracts';
import type { Api } from './api.ts';
import type { Output } from './output.ts';

/** Of an image that is not listed (any more) its id. */
export async function imageNames(api: Api, out: Output): Promise<(id: string) => string> {
  if (out.form !== 'table') return (id) => id;
  const names = new Map((await api.list<ImageView>('/images?limit=500')).map(({ id, name }) => [id as string, name]));
  return (id) => names.get(id) ?? id;
}
