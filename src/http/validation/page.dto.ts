import type { PageOrder } from '../../database/keyset-page';
import { OneOf, PageCursor, PageLimit } from './fields';

/** How a page of a list is asked for. */
export class PageDto {
  @PageLimit({ most: 200, usual: 50 })
  limit?: number;

  @PageCursor()
  cursor?: string;
}

/** The same where most installations have no more than a page holds. */
export class FullPageDto {
  @PageLimit({ most: 200, usual: 200 })
  limit?: number;

  @PageCursor()
  cursor?: string;
}

/** How a page of numbered rows is asked for. */
export class OrderedPageDto {
  @OneOf({ values: ['asc', 'desc'], optional: true, default: 'asc', description: 'Oldest or newest first.' })
  order?: PageOrder;

  @PageLimit({ most: 1000, usual: 200 })
  limit?: number;

  @PageCursor()
  cursor?: string;
}
