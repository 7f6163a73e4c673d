import { sharedBuffersOf } from './memory';

const MIB = 2 ** 20;

describe('The shared_buffers of the embedded PostgreSQL', () => {
  it.each([
    ['a sixteenth of the memory', 8 * 1024, '512MB'],
    ['whole mebibytes', 7_999, '499MB'],
    ['at least the default of PostgreSQL', 512, '128MB'],
    ['at most one gibibyte', 256 * 1024, '1024MB'],
  ])('are %s', (_, mebibytes, expected) => {
    expect(sharedBuffersOf(mebibytes * MIB)).toBe(expected);
  });

  it('depend on the memory limit of the container, if it has one', () => {
    expect(sharedBuffersOf(64 * 1024 * MIB, 4 * 1024 * MIB)).toBe('256MB');
  });

  it.each([
    ['unknown', 0],
    ['unlimited', 2 ** 64],
  ])('depend on the memory of the machine when the limit is %s', (_, limit) => {
    expect(sharedBuffersOf(8 * 1024 * MIB, limit)).toBe('512MB');
  });
});
