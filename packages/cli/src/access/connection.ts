import type { Client } from '@wherry/client'
import { discover, type Group } from './discovery.ts'
import type { DiscoveryCache } from './discovery-cache.ts'
import { Mapper } from './mapper.ts'
import type { Rest } from './rest.ts'

/** The cluster that a command works on. */
export interface Connection {
  readonly client: Client
  readonly rest: Rest
  /** The server's address. */
  readonly server: string
  /** The namespace to work in. */
  readonly namespace: string
  /** The user named it with --namespace: objects of other namespaces are then refused. */
  readonly namespaceGiven: boolean
  /**
   * What the server serves. It may have been asked an hour ago, in another command; it is asked again when one of the types is
   * none that it served then. As kubectl's cached discovery.
   */
  mapper(types?: readonly string[]): Promise<Mapper>
  /** What the server serves now. */
  rediscover(): Promise<Mapper>
}

export interface ConnectionDeps {
  client: Client
  rest: Rest
  server: string
  namespace: string
  namespaceGiven: boolean
  cache: DiscoveryCache
}

export function newConnection({ cache, ...deps }: ConnectionDeps): Connection {
  let fresh: Promise<Mapper> | undefined
  let cached: Promise<Mapper | undefined> | undefined
  const ask = async (): Promise<Mapper> => {
    const groups: Group[] = await discover(deps.rest)
    await cache.write(groups)
    return new Mapper(groups)
  }
  const rediscover = () => {
    fresh = ask()
    return fresh
  }
  return {
    ...deps,
    async mapper(types = []) {
      if (fresh) return fresh
      cached ??= cache.read().then((groups) => groups && new Mapper(groups))
      const known = await cached
      return known && types.every((type) => known.knows(type)) ? known : rediscover()
    },
    rediscover,
  }
}
