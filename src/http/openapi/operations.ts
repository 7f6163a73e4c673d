import type { OpenAPIObject } from '@nestjs/swagger';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** What the OpenAPI document says of one operation. */
export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

/** An operation, and where it is. */
export interface PlacedOperation {
  readonly method: (typeof METHODS)[number];
  readonly path: string;
  readonly operation: Operation;
}

/** All operations of a document. */
export function operationsOf(document: OpenAPIObject): PlacedOperation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ method, path, operation }];
    }),
  );
}

/** The names of the parameters that an operation has in a part of the request. */
export function parametersIn(place: 'query' | 'header', { parameters = [] }: Operation): string[] {
  return parameters.flatMap((parameter) => ('in' in parameter && parameter.in === place ? [parameter.name] : []));
}
