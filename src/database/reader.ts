/** A connection, or a transaction, that reads rows. TypeORM's managers implement it. */
export interface Reader {
  query<Rows>(text: string, values?: unknown[]): Promise<Rows>;
}
