// A TCP relay that shows each piece to the test before it goes on: to cut, hold or swallow at a message, where proxy.ts does so at a byte or for a while.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Does not call `pass`: the piece is lost, or held until it is called. */
type Look = (bytes: Buffer, pass: () => void, client: Socket) => void;

export interface Looks { toServer?: Look; toClient?: Look }

export interface Relay {
  port: number;
  /** So many clients have come until now. */
  connections(): number;
  /** Ends what is open now. */
  dropAll(): void;
  close(): void;
}

const passOn: Look = (_bytes, pass) => pass();

/** To `port` of this machine. */
export async function startRelay(port: number, { toServer = passOn, toClient = passOn }: { toServer?: Look; toClient?: Look }): Promise<Relay> {
  const clients = new Set<Socket>();
  let connections = 0;
  const server = createServer((client) => {
    connections += 1;
    clients.add(client);
    const upstream = connect(port, '127.0.0.1');
    for (const [one, other] of [[client, upstream], [upstream, client]] as const) one.on('error', () => undefined).on('close', () => other.destroy());
    client.on('close', () => clients.delete(client));
    client.on('data', (bytes: Buffer) => toServer(bytes, () => void upstream.write(bytes), client));
    upstream.on('data', (bytes: Buffer) => toClient(bytes, () => void client.write(bytes), client));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    dropAll() {
      for (const client of clients) client.destroy();
    },
    close: () => void server.close(),
  };
}
