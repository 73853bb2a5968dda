// The first eduCloud's one-line files `clc.conf` and `cc.conf` (`IP='10.0.0.1'`), still accepted for the address of CLC and CC.
import { isIP } from 'node:net';

export interface SeedConf {
  file: string;
  /** Key it sets, e.g. ['clc', 'url']. */
  path: string[];
  /** The address as this key wants it, e.g. `http://${ip}:8443`. */
  value(ip: string): unknown;
}

/** @returns the address, or why there is none. */
export function readSeedConf(text: string): { ip: string } | { mistake: string } {
  for (const line of text.split(/\r?\n/)) {
    const found = /^\s*IP\s*=\s*(['"]?)(.*?)\1\s*(?:#.*)?$/.exec(line);
    if (!found) continue;
    const ip = found[2] ?? '';
    return isIP(ip) || /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/.test(ip) ? { ip } : { mistake: `IP is not an address: ${ip.slice(0, 60)}` };
  }
  return { mistake: "there is no line IP='…'" };
}
