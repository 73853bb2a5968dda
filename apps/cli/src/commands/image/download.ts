// `edu image download IMAGE [FILE]`
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { DownloadGrant, ImageVersionView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { DownloadError, fetchFile, safeFileName } from '../../download.ts';
import { EXIT, exitForStatus } from '../../exit-codes.ts';
import { CliFailure } from '../../failure.ts';
import { isLocalTrouble, localFileFailure } from '../../local-file.ts';
import { humanBytes } from '../../output.ts';
import { wholeNumber } from '../../values.ts';

export function addImageDownload(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('download').description(t('Download a version and check its sha256; the same call again resumes.', '下载一个版本并校验 sha256；再次执行同一命令可续传。'))
    .argument('<image>', t('id or unique name', 'id 或唯一的名称'))
    .argument('[file]', t('where to (default: <name>.v<version>.<format>)', '保存位置（默认 <名称>.v<版本>.<格式>）'))
    .option('--version <n>', t('default: the latest', '默认最新版本'), wholeNumber(t))
    .option('--force', t('replace an existing file', '覆盖已有文件'))
    .addHelpText('after', examples(cli, 'edu image download "Debian 12"', 'edu image download img-1a2b3c4d /tmp/disk.qcow2 --version 2'))
    .action(async (idOrName: string, target: string | undefined, o: { version?: number; force?: boolean }, command: Command) => {
      const { api, out } = connect(cli, command);
      const image = await api.image(idOrName);
      const version = o.version ?? image.latest?.version;
      if (!version) throw new CliFailure(EXIT.conflict, t, { code: 'IMAGE_NOT_READY', what: t(`${image.id} has no finished version yet`, `${image.id} 还没有完成的版本`), action: t(`see edu image versions ${image.id}`, `查看 edu image versions ${image.id}`) });
      const grant = await api.post<DownloadGrant>(`/images/${image.id}/versions/${version}/download`);
      const format = (image.latest?.version === version ? image.latest : (await api.list<ImageVersionView>(`/images/${image.id}/versions`)).find((v) => v.version === version))?.format ?? 'qcow2';
      const file = target ?? safeFileName(image.name, version, format);
      if (existsSync(file) && !o.force) throw new CliFailure(EXIT.conflict, t, { code: 'LOCAL_FILE', what: t(`${file} exists already`, `${file} 已存在`), action: t('give another name, or --force', '请使用其他名称或 --force') });
      const bar = out.bar(t('download', '下载'));
      try {
        await fetchFile(grant, file, (n) => bar.update((100 * n) / grant.sizeBytes, `${humanBytes(n)} / ${humanBytes(grant.sizeBytes)}`));
      } catch (e) {
        if (isLocalTrouble(e)) throw localFileFailure(t, file, e as NodeJS.ErrnoException);
        if (!(e instanceof DownloadError)) throw e;
        throw new CliFailure(e.corrupt ? EXIT.refused : e.status === null ? EXIT.unavailable : exitForStatus(e.status), t, {
          code: e.corrupt ? 'CHECKSUM_MISMATCH' : 'TRANSFER_FAILED',
          what: e.corrupt ? t('the bytes that came do not have the expected sha256', '收到的数据与预期的 sha256 不符') : e.status === null ? t(`the download broke off: ${e.message}`, `下载中断：${e.message}`) : t(`the image store refused the download: ${e.message}`, `镜像库拒绝下载：${e.message}`),
          kept: existsSync(`${file}.part`) ? { what: t('the bytes already received', '已接收的数据'), where: `${file}.part`, until: t('you delete it', '您删除它为止') } : null,
          action: t('run the same command again', '再次执行同一命令'),
        });
      } finally {
        bar.end();
      }
      out.one({ file, imageId: image.id, version, sizeBytes: grant.sizeBytes, sha256: grant.sha256 }, [[t('file', '文件'), file], [t('size', '大小'), humanBytes(grant.sizeBytes)], ['sha256', grant.sha256]]);
    });
}
