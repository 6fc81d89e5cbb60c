import { networkInterfaces } from 'node:os'
import { BlockList, isIP } from 'node:net'
import { UserError } from '@wherry/component-base'

/**
 * The addresses that `--nodeport-addresses` means: an address stands for itself, a range such as `10.0.0.0/8` for the
 * machine's addresses in it. Throws `UserError` for what is neither.
 */
export function nodePortAddressesOf(items: readonly string[], own: readonly string[] = ownAddresses()): string[] {
  const addresses = items.filter((item) => item !== '').flatMap((item) => meant(item, own))
  return [...new Set(addresses)]
}

function meant(item: string, own: readonly string[]): string[] {
  const [address = '', bits, ...more] = item.split('/')
  const family = isIP(address)
  const size = family === 4 ? 32 : 128
  if (family === 0 || more.length > 0 || (bits !== undefined && !(/^\d+$/.test(bits) && Number(bits) <= size))) {
    throw new UserError(
      `KubeProxyConfiguration.nodePortAddresses: Invalid value: "${item}": must be a valid CIDR block`,
    )
  }
  if (bits === undefined || Number(bits) === size) return [address]
  const range = new BlockList()
  range.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  return own.filter((one) => isIP(one) === family && range.check(one, family === 4 ? 'ipv4' : 'ipv6'))
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address))
}
