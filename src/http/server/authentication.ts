import type { FastifyInstance } from 'fastify';

/** Finds out who asks. A room above this one knows how, and provides this class. */
export abstract class Authentication {
  /** Adds a hook that lets nobody through to a route who does not have the role that its settings ask for. */
  abstract guard(fastify: FastifyInstance): void;
}
