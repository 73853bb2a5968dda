// Where a running guest's VNC server and its serial port listen, read from its live XML. Used by the libvirt driver.

const unescape = (text: string): string => text.replace(/&(amp|lt|gt|quot|apos);/g, (_, n: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" })[n] ?? '');

export function consoleFromXml(xml: string): { path: string } | { host: string; port: number } | null {
  const graphics = /<graphics\b[^>]*\btype=(["'])vnc\1[^>]*?(\/>|>[\s\S]*?<\/graphics>)/.exec(xml)?.[0];
  if (!graphics) return null;
  const attribute = (name: string): string | undefined => new RegExp(`\\s${name}=(["'])(.*?)\\1`).exec(graphics)?.[2];
  const socket = attribute('socket');
  if (socket) return { path: unescape(socket) };
  const port = Number(attribute('port'));
  // Only this machine's own address: anything else would be reachable from outside.
  return Number.isInteger(port) && port > 0 ? { host: '127.0.0.1', port } : null;
}

export function serialFromXml(xml: string): { path: string } | null {
  const serial = /<serial\b[^>]*\btype=(["'])unix\1[^>]*>[\s\S]*?<\/serial>/.exec(xml)?.[0];
  const at = serial && /<source\b[^>]*?\spath=(["'])(.*?)\1/.exec(serial)?.[2];
  return at ? { path: unescape(at) } : null;
}
