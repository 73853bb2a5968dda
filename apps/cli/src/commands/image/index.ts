// `edu image …`
import type { Command } from 'commander';
import type { Cli } from '../../cli.ts';
import { addImageCreate } from './create.ts';
import { addImageDelete } from './delete.ts';
import { addImageDownload } from './download.ts';
import { addImageList } from './list.ts';
import { addImageModify } from './modify.ts';
import { addImageShow } from './show.ts';
import { addImageUpload } from './upload.ts';
import { addImageVersions } from './versions.ts';

export function addImageCommands(program: Command, cli: Cli): void {
  const image = program.command('image').description(cli.t('Disk images and their versions.', '磁盘镜像及其版本。'));
  addImageUpload(image, cli);
  addImageList(image, cli);
  addImageShow(image, cli);
  addImageVersions(image, cli);
  addImageDownload(image, cli);
  addImageDelete(image, cli);
  addImageCreate(image, cli);
  addImageModify(image, cli);
}
