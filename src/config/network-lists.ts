import { isIP } from 'node:net';

/** Reads a list that is separated by commas; undefined when any part of it is wrong. */
export function listOf(isPart: (part: string) => boolean) {
  return (text: string): string[] | undefined => {
    const parts = text.split(',').map((part) => part.trim());
    return parts.every(isPart) ? parts : undefined;
  };
}

/**
 * Whether a text is an origin exactly as browsers send it (RFC 6454 §6.2): no path, no slash at the end, no default port,
 * no upper case. Anything else would never be equal to one.
 */
export function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** Whether a text is an IP address, or a network in CIDR notation. A network of everybody is none to be trusted. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128);
}
