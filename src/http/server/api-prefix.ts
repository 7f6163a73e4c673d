/** What the paths of all operations begin with, but for those of health and metrics. */
export const API_PREFIX = '/api/v1';
