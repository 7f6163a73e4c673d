import type { IncomingMessage } from 'node:http';
import { removeBasePath } from './base-path';

describe('removeBasePath', () => {
  const remove = removeBasePath('/phaseline');

  it.each([
    ['/phaseline', '/'],
    ['/phaseline?x=1', '/?x=1'],
    ['/phaseline/', '/'],
    ['/phaseline/api/v1/tickets?limit=2', '/api/v1/tickets?limit=2'],
    ['/api/v1/tickets', '/api/v1/tickets'],
    ['/phaselines/api', '/phaselines/api'],
    ['/phaseline/phaseline', '/phaseline'],
    ['*', '*'],
  ])('turns %s into %s', (url, expected) => {
    expect(remove({ url } as IncomingMessage)).toBe(expected);
  });
});
