import { sharedBuffersOf } from './memory';

const MIB = 2 ** 20;

describe('shared_buffers of the embedded PostgreSQL', () => {
  it.each([
    ['a sixteenth of the memory', 8 * 1024, '512MB'],
    ['whole mebibytes', 7_999, '499MB'],
    ['no less than the default of PostgreSQL', 512, '128MB'],
    ['no more than a gibibyte', 256 * 1024, '1024MB'],
  ])('is %s', (_, mebibytes, expected) => {
    expect(sharedBuffersOf(mebibytes * MIB)).toBe(expected);
  });

  it('counts the limit of a container, where there is one', () => {
    expect(sharedBuffersOf(64 * 1024 * MIB, 4 * 1024 * MIB)).toBe('256MB');
  });

  it.each([
    ['unknown', 0],
    ['unlimited', 2 ** 64],
  ])('counts the memory of the machine where the limit is %s', (_, limit) => {
    expect(sharedBuffersOf(8 * 1024 * MIB, limit)).toBe('512MB');
  });
});
