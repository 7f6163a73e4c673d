import type { OpenAPIObject } from '@nestjs/swagger';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** An operation of the OpenAPI document. */
export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

/** An operation with its path and method. */
export interface PlacedOperation {
  readonly method: (typeof METHODS)[number];
  readonly path: string;
  readonly operation: Operation;
}

/** Returns all operations of a document. */
export function operationsOf(document: OpenAPIObject): PlacedOperation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ method, path, operation }];
    }),
  );
}

/** Returns the names of an operation's parameters in the query or the headers. */
export function parametersIn(place: 'query' | 'header', { parameters = [] }: Operation): string[] {
  return parameters.flatMap((parameter) => ('in' in parameter && parameter.in === place ? [parameter.name] : []));
}
