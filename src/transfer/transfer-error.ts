/** An error that the user can fix. Programs print its message without a stack trace. */
export class TransferError extends Error {}
