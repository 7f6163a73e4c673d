/** The prefix of all paths except health and metrics. */
export const API_PREFIX = '/api/v1';
