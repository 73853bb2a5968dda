// Which of a machine's services is a remote desktop (RDP). Pages offer a file for it, the CLC writes it.

const RDP_PORT = 3389;

/** By its name, else by the port that every Windows has it on. */
export function remoteDesktopOf<T extends { name: string; protocol: string; guestPort: number }>(access: readonly T[]): T | null {
  const tcp = access.filter(({ protocol }) => protocol === 'tcp');
  return tcp.find(({ name }) => name === 'rdp') ?? tcp.find(({ guestPort }) => guestPort === RDP_PORT) ?? null;
}
