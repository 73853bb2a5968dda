// Hosts made of network namespaces, and cables between them, for tests of packets. Names carry the pid; everything goes with `end`. Root only.
import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Place {
  name: string;
  /** Words to put before a command. */
  enter: string[];
  /** Runs a command there; resolves with what it printed. */
  do(...words: string[]): Promise<string>;
  /** Asks http://host:port/ from there: what the server answered, or null when nothing did within the time. */
  ask(host: string, port: number, withinMs?: number, at?: string): Promise<string | null>;
  /** A web server that answers with the address its client has, and a word of its own. */
  serve(port: number, word: string): Promise<void>;
}

export interface Lay {
  place(what: string): Promise<Place>;
  /** A cable with an end in each place; an address makes an end of its own up. */
  cable(left: Place, leftDevice: string, right: Place, rightDevice: string): Promise<void>;
  /** Puts a device up, with addresses. */
  up(place: Place, device: string, ...addresses: string[]): Promise<void>;
  end(): Promise<void>;
}

const ASK = `const [h,p,t,a]=process.argv.slice(1);fetch('http://'+h+':'+p+a,{signal:AbortSignal.timeout(+t)}).then(r=>r.text()).then(b=>process.stdout.write(b)).catch(()=>process.exit(7))`;
const SERVE = `const [p,w]=process.argv.slice(1);require('http').createServer((q,s)=>{s.setHeader('Connection','close');s.end(w+' '+q.socket.remoteAddress)}).listen(+p,'0.0.0.0',()=>console.log('listens'))`;

export function layNamespaces(prefix: string): Lay {
  const places: Place[] = [];
  const servers: Array<() => Promise<void>> = [];

  return {
    async place(what) {
      const name = `${prefix}${process.pid}${what}`;
      const enter = ['ip', 'netns', 'exec', name];
      await run('ip', ['netns', 'add', name]);
      const place: Place = {
        name, enter,
        do: async (...words) => (await run('ip', ['netns', 'exec', name, ...words], { maxBuffer: 64 * 1024 ** 2 })).stdout,
        ask: (host, port, withinMs = 1000, at = '/') => run('ip', ['netns', 'exec', name, process.execPath, '-e', ASK, host, String(port), String(withinMs), at]).then((r) => r.stdout, () => null),
        async serve(port, word) {
          const child = spawn('ip', ['netns', 'exec', name, process.execPath, '-e', SERVE, String(port), word], { stdio: ['ignore', 'pipe', 'inherit'] });
          const gone = new Promise<void>((resolve) => { child.once('close', () => resolve()); });
          servers.push(() => { child.kill('SIGKILL'); return gone; });
          await new Promise<void>((resolve, reject) => {
            createInterface(child.stdout).once('line', () => resolve());
            child.once('close', (code) => reject(new Error(`the server of ${name} ended with ${code}`)));
          });
        },
      };
      places.push(place);
      await run('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
      return place;
    },
    async cable(left, leftDevice, right, rightDevice) {
      await run('ip', ['-n', left.name, 'link', 'add', 'name', leftDevice, 'type', 'veth', 'peer', 'name', rightDevice, 'netns', right.name]);
    },
    async up(place, device, ...addresses) {
      for (const address of addresses) await run('ip', ['-n', place.name, 'addr', 'add', address, 'dev', device]);
      await run('ip', ['-n', place.name, 'link', 'set', device, 'up']);
    },
    async end() {
      for (const stop of servers) await stop();
      for (const { name } of places) {
        const { stdout } = await run('ip', ['netns', 'pids', name]).catch(() => ({ stdout: '' }));
        for (const pid of stdout.split('\n').map(Number).filter((n) => n > 1)) try { process.kill(pid, 'SIGKILL'); } catch { /* it ended by itself */ }
        await run('ip', ['netns', 'del', name]).catch(() => undefined);
      }
    },
  };
}
