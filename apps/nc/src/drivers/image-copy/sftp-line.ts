// Requests over one SFTP channel that all end: ssh2 never answers one that is made after the channel has closed. Used by the copy over SFTP.
import type { SFTPWrapper } from 'ssh2';

type Answered<T> = (e: Error | null | undefined, value: T) => void;

export interface SftpLine {
  /** @throws what the server answered, or that the line has gone */
  ask<T>(send: (answered: Answered<T>) => void): Promise<T>;
}

export function sftpLine(sftp: Pick<SFTPWrapper, 'once'>): SftpLine {
  const waiting = new Set<(e: Error) => void>();
  let gone = false;
  const lost = (): Error => new Error('the SFTP channel has closed');
  const end = (): void => {
    gone = true;
    for (const reject of waiting) reject(lost());
    waiting.clear();
  };
  sftp.once('end', end).once('close', end);

  return {
    ask: (send) => new Promise((resolve, reject) => {
      if (gone) return reject(lost());
      waiting.add(reject);
      send((e, value) => {
        waiting.delete(reject);
        if (e) reject(e);
        else resolve(value);
      });
    }),
  };
}
