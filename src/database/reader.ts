/** Reads rows, on whichever connection and in whichever transaction it stands for. TypeORM's managers are some. */
export interface Reader {
  query<Rows>(text: string, values?: unknown[]): Promise<Rows>;
}
