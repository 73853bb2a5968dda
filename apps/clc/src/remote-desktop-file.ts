// A .rdp file, as mstsc and FreeRDP open it: one setting a line, `name:type:value`. Called by routes/remote-desktop.ts.
import { isIPv6 } from 'node:net';
import { CloudError } from '@educloud/errors';

/** @throws BAD_REQUEST a value would become a setting of its own */
export function remoteDesktopFile({ host, port, user }: { host: string; port: number; user: string | null }): string {
  const settings: Array<[string, 's' | 'i', string | number]> = [
    ['full address', 's', `${isIPv6(host) ? `[${host}]` : host}:${port}`],
    ...(user === null ? [] : [['username', 's', user] as ['username', 's', string]]),
    ['prompt for credentials', 'i', 1],
    ['authentication level', 'i', 2], // says so when the machine cannot prove who it is
    ['screen mode id', 'i', 2],
  ];
  return settings.map(([name, type, value]) => `${name}:${type}:${plain(String(value))}\r\n`).join('');
}

function plain(value: string): string {
  if (/[\p{Cc}\u2028\u2029\ufeff]/u.test(value)) throw new CloudError('BAD_REQUEST', 'a value of a .rdp file holds a control character');
  return value;
}
