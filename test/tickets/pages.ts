import type { Response } from 'supertest';
import type { TestApp } from '../../testkit/app';

/** The rows of a list and the number of rows of each page. */
export interface Walk<T> {
  readonly rows: T[];
  readonly pages: number[];
}

/**
 * Reads a list to its end by its Link headers.
 *
 * @param between done after each page, as others would
 */
export async function followLinks<T>(app: TestApp, first: string, between?: () => Promise<unknown>): Promise<Walk<T>> {
  const walk: Walk<T> = { rows: [], pages: [] };
  for (let url: string | undefined = first; url !== undefined;) {
    const response: Response = await app.api.get(url).expect(200);
    walk.rows.push(...response.body);
    walk.pages.push(response.body.length);
    expect(walk.pages.length).toBeLessThan(100);
    url = /^<(.+)>; rel="next"$/.exec(response.headers['link'] ?? '')?.[1];
    if (url !== undefined && walk.pages.length < 20) await between?.();
  }
  return walk;
}
