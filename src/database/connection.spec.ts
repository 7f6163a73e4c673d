import { connectionOptions } from './connection';

const URL_OF_TEST = 'postgres://app:secret@127.0.0.1:9/tickets';

describe('connectionOptions', () => {
  it('replace connections of pools within minutes, for requests and for programs', () => {
    for (const limited of [true, false]) {
      const { maxLifetimeSeconds } = connectionOptions(URL_OF_TEST, { limited });
      expect(maxLifetimeSeconds).toBeGreaterThanOrEqual(60);
      expect(maxLifetimeSeconds).toBeLessThanOrEqual(600);
    }
  });

  it('limit the statements of requests only', () => {
    expect(connectionOptions(URL_OF_TEST, { limited: true })).toHaveProperty('statement_timeout', 4_000);
    expect(connectionOptions(URL_OF_TEST)).not.toHaveProperty('statement_timeout');
  });
});
