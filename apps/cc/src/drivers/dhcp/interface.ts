// What the CC needs to give guests their addresses. Only those that are listed get one.
export interface DhcpWanted {
  cidr: string;
  gateway: string | null;
  dns: readonly string[];
  hosts: ReadonlyArray<{ mac: string; ip: string; hostname: string }>;
}

export interface Dhcp {
  /** null: no server of ours runs. Resolves when it serves what is wanted; returns how much was changed. @throws NETWORK_UNAVAILABLE with what the server says */
  apply(wanted: DhcpWanted | null): Promise<number>;
  /** The server goes on: guests renew their addresses while this daemon is restarted. */
  close(): Promise<void>;
}
