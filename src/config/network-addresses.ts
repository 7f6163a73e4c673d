import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Returns a parser of comma-separated lists. The parser returns undefined when any item is invalid. */
export function listParser(isItem: (item: string) => boolean) {
  return (text: string): string[] | undefined => {
    const items = text.split(',').map((item) => item.trim());
    return items.every(isItem) ? items : undefined;
  };
}

/**
 * Returns true when a text is an origin exactly as browsers send it (RFC 6454 §6.2): no path, no trailing slash, no
 * default port, no upper case. Other spellings would never match a request.
 */
export function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** Returns true when a text is an IP address or a network in CIDR notation. A network of all addresses is invalid. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128);
}

/** Returns the set of addresses that a list of addresses and networks (CIDR) contains. */
export function addressSet(networks: readonly string[]): BlockList {
  const set = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) set.addAddress(address, family);
    else set.addSubnet(address, Number(prefix), family);
  }
  return set;
}

/**
 * Returns what counts as one client: an IPv4 address, or the /64 network of an IPv6 address, since hosts choose the rest
 * themselves. IPv4 addresses in IPv6 notation count as IPv4.
 */
export function clientNetwork(address: string): string {
  const version4 = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (version4 !== undefined || isIP(address) !== 6) return version4 ?? address;
  const [head = '', tail] = address.replace(/%.*/, '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0');
  return `${[...groups, ...zeros, ...rest].slice(0, 4).join(':')}::/64`;
}

/** Returns true when only this machine can reach a server on that host. Unknown host names count as reachable. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host.toLowerCase() === 'localhost';
  return LOOPBACK.check(host, version === 6 ? 'ipv6' : 'ipv4');
}
