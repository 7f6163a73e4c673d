import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Answers of a server that is not PostgreSQL, which wants a password, or statements without one. */
export type Trick =
  'asks for the password' | 'asks for an MD5 hash' | 'asks after SCRAM' | 'asks for nothing' | 'signs wrongly';

const READY = message('Z', Buffer.from('I'));
const ACCEPTED = authentication(0);
const CLEARTEXT = authentication(3);
const MD5 = authentication(5, Buffer.from('salt'));
const SCRAM = authentication(10, Buffer.from('SCRAM-SHA-256\0\0'));

/** A server of another user that speaks PostgreSQL's protocol and records every byte that it receives. */
export class Impostor {
  private bytes = Buffer.alloc(0);
  /** Number of connections so far. */
  connections = 0;

  private constructor(
    private readonly server: Server,
    private readonly trick: Trick,
  ) {
    server.on('connection', (socket) => this.serve(socket));
  }

  /** @param port 0 selects any free port of 127.0.0.1 */
  static async listen(trick: Trick, port = 0): Promise<Impostor> {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new Impostor(server, trick);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Everything that clients have sent. */
  get received(): string {
    return this.bytes.toString('latin1');
  }

  async close(): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }

  private serve(socket: Socket): void {
    this.connections++;
    let step = 0;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      const answer = this.answers(chunk.toString('latin1'))[step++];
      if (answer !== undefined) socket.write(answer);
    });
  }

  /** The answer to each packet of a client. */
  private answers(packet: string): readonly Buffer[] {
    const open = Buffer.concat([ACCEPTED, READY]);
    const nonce = /r=([^,]+)$/.exec(packet)?.[1] ?? '';
    const challenge = authentication(11, Buffer.from(`r=${nonce}more,s=c2FsdA==,i=4096`));
    const signature = authentication(12, Buffer.from(`v=${Buffer.alloc(32, 1).toString('base64')}`));
    switch (this.trick) {
      case 'asks for the password':
        return [CLEARTEXT, open];
      case 'asks for an MD5 hash':
        return [MD5, open];
      case 'asks after SCRAM':
        return [SCRAM, CLEARTEXT, open];
      case 'asks for nothing':
        return [open];
      case 'signs wrongly':
        return [SCRAM, challenge, Buffer.concat([signature, open])];
    }
  }
}

function authentication(code: number, body = Buffer.alloc(0)): Buffer {
  const number = Buffer.alloc(4);
  number.writeInt32BE(code);
  return message('R', Buffer.concat([number, body]));
}

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}
