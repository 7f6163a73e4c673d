/** The audit could not be made; the message says why, and what to do about it. */
export class VerifyError extends Error {}
