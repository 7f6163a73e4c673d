import type { PageOrder } from '../../database/keyset-page';
import { OneOf, PageCursor, PageLimit } from './fields';

/** The query of a list. */
export class PageDto {
  @PageLimit({ most: 200, usual: 50 })
  limit?: number;

  @PageCursor()
  cursor?: string;
}

/** The query of a list that usually fits on one page. */
export class FullPageDto {
  @PageLimit({ most: 200, usual: 200 })
  limit?: number;

  @PageCursor()
  cursor?: string;
}

/** The query of a list of numbered rows. */
export class OrderedPageDto {
  @OneOf({
    values: ['asc', 'desc'],
    optional: true,
    default: 'asc',
    description: '`asc` returns the oldest items first, `desc` the newest.',
  })
  order?: PageOrder;

  @PageLimit({ most: 1000, usual: 200 })
  limit?: number;

  @PageCursor()
  cursor?: string;
}
