// Words in Latin letters that are left in a Chinese text: what a reader of Chinese would stumble over. Names, codes, commands and units are not.

/** What is no language: addresses, ids, times, codes in brackets, options, values in quotes, commands as they are typed, the field of a request. */
const NO_LANGUAGE = [
  /^ +\$ .*$/gm, /\bedu(?: (?:"[^"]*"|[\x21-\x7e]+))+/g,
  /\b(?:https?|wss?):\/\/\S+/g, /\b(?:img|ins|nc|cc|sc|clc|walrus|cluster)-[\w:.-]+/g, /\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\dZ/g, /[\w-]{40,}/g, /\[[A-Z0-9_]+\]/g,
  /\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, /"[\x20-\x7e]*"/g, /\bEDU_\w+(?:=\S+)?/g, /(?<![\w-])--?[a-z][\w-]*/g, /[<[][a-z]+[>\]]/g, /\bv\d+\b/g, /^edu: [a-z]\w*(?=: )/gm, /\/(?:[\w.-]+\/?)+/g, /\bsysctl [\w.]+/g,
];
const NAMES = new Set([
  'edu', 'eduCloud', 'Linux', 'Windows', 'libvirt', 'QEMU', 'KVM', 'TCG', 'REST', 'API', 'VNC', 'RFB', 'WebSocket', 'over', 'ISO', 'iso', 'qcow2', 'raw', 'json', 'yaml', 'sha256', 'SHA256', 'CPU', 'MAC', 'ID', 'TID', 'id', 'tid', 'zh', 'en', 'admin',
  'KiB', 'MiB', 'GiB', 'TiB', 'Ctrl', 'Alt', 'Del', 'Shift', 'Esc', 'kvm', 'tcg', 'Python', 'Ubuntu', // names and units
  'prepare', 'run', 'stop', 'submit', 'retry', 'cancel', 'delete', // steps are typed as commands
]);

export function latinWords(text: string, more: readonly string[] = []): string[] {
  const rest = NO_LANGUAGE.reduce((left, pattern) => left.replace(pattern, ' '), text);
  return [...new Set(rest.match(/[A-Za-z][A-Za-z0-9]+/g) ?? [])].filter((word) => !NAMES.has(word) && !more.includes(word));
}
