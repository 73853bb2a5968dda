// `edu image upload FILE`: announces the image, sends the bytes (resuming what an earlier call of the same file left), waits for the inspection.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import type { ImageVersionView, UploadGrant } from '@educloud/contracts';
import type { Api } from '../../api.ts';
import { connect, examples, type Cli } from '../../cli.ts';
import { EXIT, exitForStatus } from '../../exit-codes.ts';
import { CliFailure, failureLine } from '../../failure.ts';
import { detectFormat, sha256OfFile } from '../../file-hash.ts';
import { humanBytes, humanTime } from '../../output.ts';
import { configDir, forget, readJson, writePrivate } from '../../session.ts';
import { sendFile, uploadErrorText } from '../../upload.ts';
import { OSTYPES, duration } from '../../values.ts';

interface UploadOptions { name: string; ostype: string; usage: string; description: string; format?: 'qcow2' | 'raw' | 'iso'; hash: boolean; timeout: number }
/** Kept per (cloud, file, size, mtime) until the version is there. */
interface UploadState { imageId: string; version: number; uploadUrl: string | null; startedAt: number }
/** How long Walrus keeps an unfinished upload. */
const KEPT_MS = 24 * 3_600_000;

const findVersion = async (api: Api, s: { imageId: string; version: number }): Promise<ImageVersionView | null> => {
  try {
    return (await api.list<ImageVersionView>(`/images/${s.imageId}/versions`)).find((v) => v.version === s.version) ?? null;
  } catch (e) {
    if (e instanceof CliFailure && e.exitCode === EXIT.notFound) return null;
    throw e;
  }
};

export function addImageUpload(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('upload').description(t('Upload a disk image or an installation medium; the same call again resumes.', '上传磁盘镜像或安装介质；再次执行同一命令可续传。'))
    .argument('<file>', t('qcow2, raw or ISO', 'qcow2、raw 或 ISO 文件'))
    .requiredOption('--name <name>', t('name of the image', '镜像名称'))
    .addOption(new Option('--ostype <type>', t('kind of guest system', '系统类型')).choices(OSTYPES).makeOptionMandatory())
    .addOption(new Option('--usage <usage>', t('what it is used for; medium = installation disc', '用途；medium 为安装介质')).choices(['desktop', 'server', 'medium']).makeOptionMandatory())
    .option('--description <text>', t('what it is for', '说明'), '')
    .addOption(new Option('--format <format>', t('default: as the file looks', '默认按文件内容判断')).choices(['qcow2', 'raw', 'iso']))
    .option('--no-hash', t('do not compute the sha256 beforehand', '上传前不计算 sha256'))
    .option('--timeout <time>', t('how long to wait for the inspection after the last byte', '传输完成后等待检查的最长时间'), duration, 600_000)
    .addHelpText('after', examples(cli, 'edu image upload debian12.qcow2 --name "Debian 12" --ostype linux --usage server', 'edu image upload win11.iso --name win11.iso --ostype windows --usage medium'))
    .action(async (file: string, o: UploadOptions, command: Command) => {
      const { api, out, url } = connect(cli, command);
      const facts = await stat(file).catch((e: NodeJS.ErrnoException) => { throw new CliFailure(EXIT.usage, failureLine(t, { what: t(`${file} cannot be read: ${e.code}`, `无法读取 ${file}：${e.code}`) })); });
      if (!facts.isFile() || facts.size === 0) throw new CliFailure(EXIT.usage, failureLine(t, { what: t(`${file} is not a file with content`, `${file} 不是有内容的文件`) }));
      const key = createHash('sha256').update(JSON.stringify([url, path.resolve(file), facts.size, facts.mtimeMs, o.name])).digest('hex').slice(0, 24);
      const stateFile = path.join(configDir(cli.env), 'uploads', `${key}.json`);
      const state = readJson<UploadState>(stateFile);
      const known = state && (await findVersion(api, state));
      const ticketAgain = (s: UploadState): Promise<UploadGrant> => api.post<UploadGrant>(`/images/${s.imageId}/versions/${s.version}/upload`);

      let current: UploadState;
      if (state && known && (known.state === 'available' || known.state === 'reserved' || known.state === 'uploading')) {
        current = state;
        if (known.state !== 'available') out.note(t(`resuming the upload of ${state.imageId} v${state.version}`, `继续上传 ${state.imageId} v${state.version}`));
      } else {
        let sha256: string | undefined;
        if (o.hash) {
          const bar = out.bar('sha256');
          sha256 = await sha256OfFile(file, (n) => bar.update((100 * n) / facts.size, `${humanBytes(n)} / ${humanBytes(facts.size)}`)).finally(() => bar.end());
        }
        const grant = await api.post<UploadGrant>('/images', { name: o.name, ostype: o.ostype, usage: o.usage, description: o.description, format: o.format ?? (await detectFormat(file)), sizeBytes: facts.size, ...(sha256 ? { sha256 } : {}) });
        current = { imageId: grant.imageId, version: grant.version, uploadUrl: null, startedAt: cli.now() };
        writePrivate(stateFile, current);
        await send(grant);
      }
      if (state === current && known?.state !== 'available') await send(await ticketAgain(current));

      async function send(grant: UploadGrant): Promise<void> {
        const bar = out.bar(t('upload', '上传'));
        try {
          await sendFile({
            file, sizeBytes: facts.size, grant, resumeUrl: current.uploadUrl, renew: () => ticketAgain(current),
            onAddress: (uploadUrl) => { current = { ...current, uploadUrl }; writePrivate(stateFile, current); },
            onBytes: (n) => bar.update((100 * n) / facts.size, `${humanBytes(n)} / ${humanBytes(facts.size)}`),
          });
        } catch (e) {
          if (e instanceof CliFailure) throw e;
          const { status, text } = uploadErrorText(e);
          // 4xx with a meaning of its own: the store refused the content, which resuming cannot change.
          const refused = status === 422;
          if (refused) forget(stateFile);
          throw new CliFailure(status === null ? EXIT.unavailable : exitForStatus(status), failureLine(t, {
            what: t(`the upload of ${grant.imageId} v${grant.version} broke off: ${text}`, `上传 ${grant.imageId} v${grant.version} 中断：${text}`),
            kept: refused ? null : { what: t('the bytes already sent', '已发送的数据'), where: t('in the image store', '镜像存储'), until: humanTime(current.startedAt + KEPT_MS) },
            action: refused ? t('correct the file and upload it again', '修正文件后重新上传') : t('run the same command again, it resumes', '再次执行同一命令即可续传'),
          }));
        } finally {
          bar.end();
        }
      }

      // There is no event for an image's inspection: the version itself is asked.
      const end = cli.now() + o.timeout;
      for (;;) {
        const v = await findVersion(api, current);
        if (v?.state === 'available') {
          forget(stateFile);
          out.one({ imageId: current.imageId, ...v }, [['id', current.imageId], [t('version', '版本'), v.version], [t('size', '大小'), humanBytes(v.sizeBytes)], [t('virtual size', '虚拟大小'), humanBytes(v.virtualSizeBytes)], [t('format', '格式'), v.format], ['sha256', v.sha256]]);
          return;
        }
        if (!v || v.state === 'refused' || v.state === 'deleting' || v.state === 'deleted') {
          forget(stateFile);
          throw new CliFailure(EXIT.refused, failureLine(t, { what: t(`the image was refused: ${v?.error ?? 'it was removed'}`, `镜像被拒绝：${v?.error ?? '已被删除'}`), kept: null, action: t('correct the file and upload it again', '修正文件后重新上传') }));
        }
        if (cli.now() > end) throw new CliFailure(EXIT.timeout, failureLine(t, { what: t('all bytes are sent, the inspection has not ended', '数据已全部发送，检查尚未结束'), kept: { what: `${current.imageId} v${current.version}`, where: t('in the image store', '镜像存储'), until: humanTime(current.startedAt + KEPT_MS) }, action: `edu image versions ${current.imageId}` }));
        await pause(300);
      }
    });
}
