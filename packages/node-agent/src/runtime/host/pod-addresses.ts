/** Gives each pod an address of its own out of a range within 127.0.0.0/8; the longest unused one comes first. */
export class PodAddresses {
  readonly #used = new Set<string>()
  readonly #base: number
  readonly #size: number
  #next = 1

  constructor(cidr: string) {
    const [address = '', bits = ''] = cidr.split('/')
    const octets = address.split('.').map(Number)
    const prefix = Number(bits)
    if (octets.length !== 4 || octets.some((n) => !(n >= 0 && n <= 255)) || !(prefix >= 8 && prefix <= 30)) {
      throw new Error(`pod address range ${JSON.stringify(cidr)} is not an IPv4 CIDR`)
    }
    this.#size = 2 ** (32 - prefix)
    const value = octets.reduce((sum, octet) => sum * 256 + octet, 0)
    this.#base = value - (value % this.#size)
  }

  reserve(ip: string): void {
    this.#used.add(ip)
    const offset = ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0) - this.#base
    if (offset >= this.#next && offset < this.#size - 1) this.#next = offset + 1
  }

  take(): string {
    for (let tried = 0; tried < this.#size; tried++) {
      if (this.#next >= this.#size - 1) this.#next = 1
      const value = this.#base + this.#next++
      const ip = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
      if (!this.#used.has(ip)) {
        this.#used.add(ip)
        return ip
      }
    }
    throw new Error("no pod address is left in this node's range")
  }

  release(ip: string): void {
    this.#used.delete(ip)
  }
}
