import type { Client } from '@wherry/client'
import { type Group, discover } from './discovery.ts'
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
  /** What the server serves; asked for once. */
  mapper(): Promise<Mapper>
  /** The groups anew, such as after a definition was created. */
  rediscover(): Promise<Mapper>
}

export interface ConnectionDeps {
  client: Client
  rest: Rest
  server: string
  namespace: string
  namespaceGiven: boolean
}

export function newConnection(deps: ConnectionDeps): Connection {
  let mapper: Promise<Mapper> | undefined
  const load = () => discover(deps.rest).then((groups: Group[]) => new Mapper(groups))
  return {
    ...deps,
    mapper() {
      mapper ??= load()
      return mapper
    },
    rediscover() {
      mapper = load()
      return mapper
    },
  }
}
