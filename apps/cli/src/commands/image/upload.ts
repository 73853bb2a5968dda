// `edu image upload FILE`: announces the image, sends the bytes (resuming what an earlier call of the same file left), waits for the inspection.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Option, type Command } from 'commander';
import type { ImageVersionView, UploadGrant } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { EXIT } from '../../exit-codes.ts';
import { CliFailure } from '../../failure.ts';
import { detectFormat, sha256OfFile } from '../../file-hash.ts';
import { localFileFailure } from '../../local-file.ts';
import { humanBytes, type Output } from '../../output.ts';
import { configDir, forget, readJson, writePrivate } from '../../session.ts';
import { sendFile } from '../../upload.ts';
import { duration } from '../../values.ts';
import { findVersion, inspected, namesakes, uploadFailure, type UploadState } from './upload-outcome.ts';

interface UploadOptions { name: string; ostype: string; usage: string; description?: string; format?: 'qcow2' | 'raw' | 'iso'; hash: boolean; again?: boolean; timeout: number }

export function addImageUpload(parent: Command, cli: Cli): void {
  const { t } = cli;
  const show = (out: Output, imageId: string, v: ImageVersionView): void =>
    out.one({ imageId, ...v }, [['id', imageId], [t('version', '版本'), v.version], [t('size', '大小'), humanBytes(v.sizeBytes)], [t('virtual size', '虚拟大小'), humanBytes(v.virtualSizeBytes)], [t('format', '格式'), v.format], ['sha256', v.sha256], [t('next', '下一步'), `edu image create ${imageId} --name ${t('NAME', '名称')}`]]);

  parent.command('upload').description(t('Upload a disk image or an installation medium; the same call again resumes.', '上传磁盘镜像或安装介质；再次执行同一命令可续传。'))
    .argument('<file>', t('qcow2, raw or ISO', 'qcow2、raw 或 ISO 文件'))
    .requiredOption('--name <name>', t('name of the image', '镜像名称'))
    .requiredOption('--ostype <type>', t('kind of guest system (see edu ostype list)', '系统类型（查看 edu ostype list）'))
    .addOption(new Option('--usage <usage>', t('what it is used for; medium = installation disc', '用途；medium 为安装介质')).choices(['desktop', 'server', 'medium']).makeOptionMandatory())
    .option('--description <text>', t('what it is for', '说明'))
    .addOption(new Option('--format <format>', t('default: as the file looks', '默认按文件内容判断')).choices(['qcow2', 'raw', 'iso']))
    .option('--no-hash', t('do not compute the sha256 beforehand', '上传前不计算 sha256'))
    .option('--again', t('make another image, also when one of this name holds the same bytes', '即使同名镜像内容相同也再建一个'))
    .addOption(new Option('--timeout <time>', t('how long to wait for the inspection after the last byte', '传输完成后等待检查的最长时间')).argParser(duration(t)).default(600_000, '10m'))
    .addHelpText('after', examples(cli, 'edu image upload debian12.qcow2 --name "Debian 12" --ostype linux --usage server', 'edu image upload win11.iso --name win11.iso --ostype windows --usage medium'))
    .action(async (file: string, o: UploadOptions, command: Command) => {
      const { api, out, url } = connect(cli, command);
      const facts = await stat(file).catch((e: NodeJS.ErrnoException) => { throw localFileFailure(t, file, e); });
      if (!facts.isFile() || facts.size === 0) throw new CliFailure(EXIT.usage, t, { code: 'LOCAL_FILE', what: t(`${file} is not a file with content`, `${file} 不是有内容的文件`), action: t('check the path', '检查路径') });
      const key = createHash('sha256').update(JSON.stringify([url, path.resolve(file), facts.size, facts.mtimeMs, o.name])).digest('hex').slice(0, 24);
      const stateFile = path.join(configDir(cli.env), 'uploads', `${key}.json`);
      const state = readJson<UploadState>(stateFile);
      const known = state && (await findVersion(api, state));
      const ticketAgain = (s: UploadState): Promise<UploadGrant> => api.post<UploadGrant>(`/images/${s.imageId}/versions/${s.version}/upload`);

      let current: UploadState;
      if (state && known && (known.state === 'available' || known.state === 'reserved' || known.state === 'uploading')) {
        current = state;
        if (known.state !== 'available') {
          out.note(t(`resuming the upload of ${state.imageId} v${state.version}`, `继续上传 ${state.imageId} v${state.version}`));
          await send(await ticketAgain(current));
        }
      } else {
        const sha256 = o.hash ? await hashed() : undefined;
        const { twin, others } = await namesakes(api, o.name, sha256);
        if (twin?.latest && !o.again) {
          out.note(t(`already there: ${twin.id} has this name and the same bytes; nothing was sent (--again makes another image)`, `已经存在：${twin.id} 的名称和内容都相同，没有发送任何数据（--again 可再建一个）`));
          show(out, twin.id, twin.latest);
          return;
        }
        if (others.length > 0) out.note(t(`there is an image of this name already (${others.join(', ')}); from now on commands need the id`, `已有同名镜像（${others.join('、')}）；以后的命令需要使用 id`));
        const grant = await api.post<UploadGrant>('/images', { name: o.name, ostype: o.ostype, usage: o.usage, description: o.description ?? '', format: o.format ?? (await detectFormat(file)), sizeBytes: facts.size, ...(sha256 ? { sha256 } : {}) });
        current = { imageId: grant.imageId, version: grant.version, uploadUrl: null, startedAt: cli.now() };
        writePrivate(stateFile, current);
        await send(grant);
      }

      async function hashed(): Promise<string> {
        const bar = out.bar('sha256');
        return sha256OfFile(file, (n) => bar.update((100 * n) / facts.size, `${humanBytes(n)} / ${humanBytes(facts.size)}`)).catch((e: NodeJS.ErrnoException) => { throw localFileFailure(t, file, e); }).finally(() => bar.end());
      }
      async function send(grant: UploadGrant): Promise<void> {
        const bar = out.bar(t('upload', '上传'));
        try {
          await sendFile({
            file, sizeBytes: facts.size, grant, resumeUrl: current.uploadUrl, renew: () => ticketAgain(current),
            onAddress: (uploadUrl) => { current = { ...current, uploadUrl }; writePrivate(stateFile, current); },
            onBytes: (n) => bar.update((100 * n) / facts.size, `${humanBytes(n)} / ${humanBytes(facts.size)}`),
          });
        } catch (e) {
          throw e instanceof CliFailure ? e : uploadFailure(t, e, current, () => forget(stateFile));
        } finally {
          bar.end();
        }
      }

      show(out, current.imageId, await inspected(cli, api, current, cli.now() + o.timeout, () => forget(stateFile)));
    });
}
