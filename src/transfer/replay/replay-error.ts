import { TransferError } from '../transfer-error';

/** What keeps a replay from being made. */
export class ReplayError extends TransferError {}
