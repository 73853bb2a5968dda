// Reading passwords: from a pipe, or from the terminal without showing them.
import readline from 'node:readline';
import { Writable } from 'node:stream';

export async function readAll(input: NodeJS.ReadStream): Promise<string | null> {
  if (input.isTTY) return null;
  let text = '';
  for await (const chunk of input) text += chunk;
  return text;
}

export function askHidden(question: string, input: NodeJS.ReadStream, output: NodeJS.WriteStream): Promise<string> {
  output.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = readline.createInterface({ input, output: silent, terminal: true });
  return new Promise((resolve, reject) => {
    reader.on('SIGINT', () => { reader.close(); reject(new Error('interrupted')); });
    reader.question('', (answer) => { reader.close(); output.write('\n'); resolve(answer); });
  });
}
