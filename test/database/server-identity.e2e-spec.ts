import { createHash } from 'node:crypto';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../ormconfig';
import { createClient } from '../../src/database/connection';
import { urlOf } from '../../src/database/embedded/listen-address';
import { ClusterDirectories } from '../../testkit/cluster-directories';
import { Impostor, type Trick } from '../../testkit/impostor';

const PASSWORD = 'correct-horse-battery';
const TRICKS: readonly Trick[] = [
  'asks for the password',
  'asks for an MD5 hash',
  'asks after SCRAM',
  'asks for nothing',
  'signs wrongly',
];

const directories = new ClusterDirectories();
let impostor: Impostor;

beforeAll(() => directories.makeOriginal());
afterEach(async () => {
  await impostor.close();
  await directories.endAll();
});
afterAll(() => directories.remove());

/** The URL of an embedded server, with the port of the impostor. */
function urlOfImpostor(identity: 'scram' | 'scram and process', directory = directories.made()): string {
  const url = new URL(urlOf({ host: '127.0.0.1', port: impostor.port }, directory, PASSWORD));
  if (identity === 'scram') url.searchParams.delete('data_directory');
  return url.toString();
}

function expectNothingSecret(): void {
  const inner = createHash('md5').update(`${PASSWORD}postgres`).digest('hex');
  const hash = createHash('md5').update(`${inner}salt`).digest('hex');
  expect(impostor.received).toContain('user');
  for (const secret of [PASSWORD, hash, inner, 'SELECT']) expect(impostor.received).not.toContain(secret);
}

describe('A server that takes the place of the embedded PostgreSQL', () => {
  it.each(TRICKS)('receives neither the password nor a statement when it %s', async (trick) => {
    impostor = await Impostor.listen(trick);
    const client = createClient(urlOfImpostor('scram'));
    await expect(client.connect()).rejects.toThrow(/SCRAM|signature/);
    void client.query('SELECT 1').catch(() => undefined);
    await client.end();
    expectNothingSecret();
  });

  it.each(TRICKS)('gets nothing from a pool when it %s', async (trick) => {
    impostor = await Impostor.listen(trick);
    const source = new DataSource(dataSourceOptions(urlOfImpostor('scram'), 2));
    await expect(source.initialize()).rejects.toThrow(/SCRAM|signature/);
    expectNothingSecret();
  });

  it('receives no byte while the process of the cluster does not run', async () => {
    impostor = await Impostor.listen('asks for the password');
    const client = createClient(urlOfImpostor('scram and process'));
    await expect(client.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(impostor).toMatchObject({ connections: 1, received: '' });
  });

  it('gets the password of a URL that does not require SCRAM, so the control group fails', async () => {
    impostor = await Impostor.listen('asks for the password');
    const client = createClient(`postgres://postgres:${PASSWORD}@127.0.0.1:${impostor.port}/postgres`);
    await client.connect();
    await client.end();
    expect(impostor.received).toContain(PASSWORD);
  });
});
