// The door of the classroom PC we are on: HTTP over a unix socket, no login; who may open the file may come in. `edu lvd` uses it.
import { request } from 'node:http';
import type { Problem } from '@educloud/contracts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-codes.ts';
import { CliFailure, problemFailure } from './failure.ts';

export const DEFAULT_SOCKET = '/var/lib/educloud/nc/lvd.sock';
const PREFIX = '/nc/api/1.0/local';

export interface LocalDoor {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
}

export function openLocalDoor({ env, t }: Cli, socket?: string): LocalDoor {
  const socketPath = socket ?? env['EDU_LVD_SOCKET'] ?? DEFAULT_SOCKET;
  const closed = (code: string): CliFailure => new CliFailure(code === 'EACCES' ? EXIT.notAllowed : EXIT.unavailable, t, code === 'EACCES'
    ? { code: 'FORBIDDEN', what: t(`this account may not open ${socketPath}`, `此账号无权打开 ${socketPath}`), action: t('ask the administrator of this PC to add it to the group of that file', '请本机管理员把此账号加入该文件所属的组') }
    : { code: 'UNREACHABLE', what: t(`no node controller with local desktops answers at ${socketPath}: ${code}`, `${socketPath} 处没有启用本地桌面的节点控制器应答：${code}`), action: t('is it running here, with local.enabled in its configuration? Elsewhere: --socket or EDU_LVD_SOCKET. To try it: npm run quickstart -- --lvd', '它是否在本机运行，配置中是否启用 local.enabled？其他位置请用 --socket 或 EDU_LVD_SOCKET。试用：npm run quickstart -- --lvd') });

  function ask<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const sent = request({ socketPath, method, path: `${PREFIX}${path}`, headers: { Accept: 'application/json', ...(text ? { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) } : {}) } }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject).on('end', () => {
          try {
            const read = JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
            if ((answer.statusCode ?? 500) < 400) resolve(read as T);
            else reject(problemFailure(t, read as Problem, { url: socketPath, tid: null }));
          } catch {
            reject(closed(`HTTP ${answer.statusCode}`));
          }
        });
      });
      sent.on('error', (e: NodeJS.ErrnoException) => reject(closed(e.code ?? e.message)));
      sent.end(text);
    });
  }
  return { get: (path) => ask('GET', path), post: (path, body = {}) => ask('POST', path, body) };
}
