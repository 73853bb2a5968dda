// What may come of an upload: an image of that name is there already, it breaks off, the store refuses it, its inspection ends. `edu image upload` uses it.
import { setTimeout as pause } from 'node:timers/promises';
import type { ImageVersionView, ImageView, Said } from '@educloud/contracts';
import type { Api } from '../../api.ts';
import type { Cli } from '../../cli.ts';
import { EXIT, exitForStatus } from '../../exit-codes.ts';
import { actionFor, CliFailure, problemWords } from '../../failure.ts';
import { told, type Translate } from '../../language.ts';
import { humanTime } from '../../output.ts';
import { uploadTrouble } from '../../upload.ts';

/** Kept per (cloud, file, size, mtime, name) until the version is there. */
export interface UploadState { imageId: string; version: number; uploadUrl: string | null; startedAt: number }
/** How long Walrus keeps an unfinished upload. */
const KEPT_MS = 24 * 3_600_000;

/** Images of that name: the one with the same bytes, and the ids of all. */
export async function namesakes(api: Api, name: string, sha256: string | undefined): Promise<{ twin: ImageView | undefined; others: string[] }> {
  const named = (await api.list<ImageView>('/images')).filter((image) => image.name === name);
  return { twin: named.find((image) => sha256 !== undefined && image.latest?.sha256 === sha256), others: named.map((image) => image.id) };
}

export async function findVersion(api: Api, s: { imageId: string; version: number }): Promise<ImageVersionView | null> {
  try {
    return (await api.list<ImageVersionView>(`/images/${s.imageId}/versions`)).find((v) => v.version === s.version) ?? null;
  } catch (e) {
    if (e instanceof CliFailure && e.exitCode === EXIT.notFound) return null;
    throw e;
  }
}

const bytesKept = (t: Translate, state: UploadState): { what: string; where: string; until: string } => ({ what: t('the bytes already sent', '已发送的数据'), where: t('in the image store', '镜像库'), until: humanTime(state.startedAt + KEPT_MS) });

export function uploadFailure(t: Translate, e: unknown, state: UploadState, forgetState: () => void): CliFailure {
  const { status, problem, text } = uploadTrouble(e);
  const image = `${state.imageId} v${state.version}`;
  if (status !== null && (status < 500 || status === 507)) {
    // Refused for what it is: resuming cannot change that.
    if (status === 422) forgetState();
    return new CliFailure(exitForStatus(status), t, {
      code: problem?.code ?? `HTTP_${status}`, kept: null,
      what: t(`the image store refused ${image}: `, `镜像库拒绝了 ${image}：`) + (problem ? problemWords(t, problem) : text),
      action: status === 422 ? t('correct the file and upload it again', '修正文件后重新上传') : (problem && actionFor(t, problem.code)) || t('see the message; then run the same command again', '按说明处理后再次执行同一命令'),
    }, problem ?? undefined);
  }
  return new CliFailure(status === null ? EXIT.unavailable : exitForStatus(status), t, {
    code: 'TRANSFER_FAILED', kept: bytesKept(t, state),
    what: t(`the upload of ${image} broke off: `, `上传 ${image} 中断：`) + (problem ? problemWords(t, problem) : text),
    action: t('run the same command again, it resumes', '再次执行同一命令即可续传'),
  });
}

const refusalOf = (t: Translate, v: ImageVersionView | null): { code: string; words: string } => {
  const why = v?.why;
  if (why?.code === 'errorOf' && typeof why.args?.['code'] === 'string') return { code: why.args['code'], words: typeof why.args['why'] === 'string' ? why.args['why'] : told(t, why.args['why'] as Said | undefined, v?.error ?? '') };
  return { code: 'IMAGE_REFUSED', words: v ? told(t, why, v.error ?? '-') : t('it was removed', '已被删除') };
};

/** There is no event for an image's inspection: the version itself is asked, until `endMs`. */
export async function inspected(cli: Cli, api: Api, state: UploadState, endMs: number, forgetState: () => void): Promise<ImageVersionView> {
  const { t } = cli;
  for (;;) {
    const v = await findVersion(api, state);
    if (v?.state === 'available') {
      forgetState();
      return v;
    }
    if (!v || v.state === 'refused' || v.state === 'deleting' || v.state === 'deleted') {
      forgetState();
      const { code, words } = refusalOf(t, v);
      throw new CliFailure(EXIT.refused, t, { code, what: t(`the image was refused: ${words}`, `镜像被拒绝：${words}`), kept: null, action: t('correct the file and upload it again', '修正文件后重新上传') });
    }
    if (cli.now() > endMs) {
      throw new CliFailure(EXIT.timeout, t, { code: 'TIMEOUT', what: t('all bytes are sent, the inspection has not ended', '数据已全部发送，检查尚未结束'), kept: bytesKept(t, state), action: t(`see edu image versions ${state.imageId}`, `查看 edu image versions ${state.imageId}`) });
    }
    await pause(300);
  }
}
