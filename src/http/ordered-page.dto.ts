import { OneOf, Text, WholeNumber } from './fields';

/** How a page of numbered rows is asked for. */
export class OrderedPageDto {
  @OneOf({ values: ['asc', 'desc'], optional: true, default: 'asc', description: 'Oldest or newest first.' })
  order?: 'asc' | 'desc';

  @WholeNumber({ min: 1, max: 1000, optional: true, default: 200, description: 'How many at most.' })
  limit?: number;

  @Text({ max: 500, optional: true, description: 'Where to go on: taken from the `Link` header of the page before.' })
  cursor?: string;
}
