import { request } from 'node:http';

/** Not the address from which Consul's agent of this machine checks. */
const ELSEWHERE = '127.0.0.77';

/** What a server of this machine answers to a client of another one, which knows nothing of Consul. */
export function askFromElsewhere(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, localAddress: ELSEWHERE, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      answer.once('end', () => resolve(text)).once('error', reject);
    });
    call.once('error', reject).end();
  });
}
