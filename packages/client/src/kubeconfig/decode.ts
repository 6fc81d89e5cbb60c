import { parseYAML } from '@wherry/apimachinery'
import {
  type ClusterEntry,
  type ContextEntry,
  type ExecEntry,
  emptyKubeconfig,
  type Kubeconfig,
  type NamedExtension,
  type UserEntry,
} from './kubeconfig.ts'
import { present } from './present.ts'

/** What upstream's decoder calls itself and what it looks for first, as its messages show them. */
const scheme = 'k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50'
const typeMeta =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'

/** Reads a kubeconfig's text. An empty one is valid. Throws, in client-go's words, for what is none. */
export function decodeKubeconfig(text: string): Kubeconfig {
  if (text.trim() === '') return emptyKubeconfig()
  const [document] = parseYAML(text)
  if (document === undefined || document === null) return emptyKubeconfig()
  if (!isObject(document))
    throw new Error(`couldn't get version/kind; json parse error: ${mismatch(document, typeMeta)}`)
  const top = new Fields(document, 'Config', '')
  const kind = top.text('kind') ?? 'Config'
  const apiVersion = top.text('apiVersion') ?? 'v1'
  if (kind !== 'Config' || apiVersion !== 'v1') {
    throw new Error(`no kind "${kind}" is registered for version "${apiVersion}" in scheme "${scheme}"`)
  }
  return {
    apiVersion,
    kind,
    ...(document.preferences === undefined ? {} : { preferences: document.preferences }),
    clusters: top
      .objects('clusters', 'NamedCluster')
      .map((item) => ({ name: item.text('name') ?? '', cluster: cluster(item) })),
    contexts: top
      .objects('contexts', 'NamedContext')
      .map((item) => ({ name: item.text('name') ?? '', context: context(item) })),
    'current-context': top.text('current-context') ?? '',
    users: top.objects('users', 'NamedAuthInfo').map((item) => ({ name: item.text('name') ?? '', user: user(item) })),
  }
}

function cluster(item: Fields): ClusterEntry {
  const from = item.object('cluster', 'Cluster')
  return present({
    server: from.text('server'),
    'tls-server-name': from.text('tls-server-name'),
    'insecure-skip-tls-verify': from.boolean('insecure-skip-tls-verify'),
    'certificate-authority': from.text('certificate-authority'),
    'certificate-authority-data': from.base64('certificate-authority-data'),
    'proxy-url': from.text('proxy-url'),
    'disable-compression': from.boolean('disable-compression'),
    extensions: extensions(from),
  })
}

function context(item: Fields): ContextEntry {
  const from = item.object('context', 'Context')
  return present({
    cluster: from.text('cluster'),
    user: from.text('user'),
    namespace: from.text('namespace'),
    extensions: extensions(from),
  })
}

function user(item: Fields): UserEntry {
  const from = item.object('user', 'AuthInfo')
  const provider = from.has('auth-provider') ? from.object('auth-provider', 'AuthProviderConfig') : undefined
  return present({
    'client-certificate': from.text('client-certificate'),
    'client-certificate-data': from.base64('client-certificate-data'),
    'client-key': from.text('client-key'),
    'client-key-data': from.base64('client-key-data'),
    token: from.text('token'),
    tokenFile: from.text('tokenFile'),
    as: from.text('as'),
    'as-uid': from.text('as-uid'),
    'as-groups': from.texts('as-groups'),
    'as-user-extra': from.textLists('as-user-extra'),
    username: from.text('username'),
    password: from.text('password'),
    'auth-provider': provider && present({ name: provider.text('name') ?? '', config: provider.textMap('config') }),
    exec: from.has('exec') ? exec(from.object('exec', 'ExecConfig')) : undefined,
    extensions: extensions(from),
  })
}

function exec(from: Fields): ExecEntry {
  const env = from.has('env')
    ? from
        .objects('env', 'ExecEnvVar')
        .map((item) => ({ name: item.text('name') ?? '', value: item.text('value') ?? '' }))
    : undefined
  return present({
    command: from.text('command') ?? '',
    args: from.texts('args'),
    env,
    apiVersion: from.text('apiVersion'),
    installHint: from.text('installHint'),
    provideClusterInfo: from.boolean('provideClusterInfo'),
    interactiveMode: from.text('interactiveMode'),
  })
}

function extensions(from: Fields): NamedExtension[] | undefined {
  if (!from.has('extensions')) return undefined
  return from
    .objects('extensions', 'NamedExtension')
    .map((item) => ({ name: item.text('name') ?? '', extension: item.value('extension') }))
}

/** Reads the members of one object, each by the type that it must have. */
class Fields {
  readonly #object: Record<string, unknown>
  /** The Go type of the object, and where it stands: both are in the messages. */
  readonly #struct: string
  readonly #path: string

  constructor(object: Record<string, unknown>, struct: string, path: string) {
    this.#object = object
    this.#struct = struct
    this.#path = path
  }

  value(name: string): unknown {
    return this.#object[name] ?? undefined
  }

  has(name: string): boolean {
    return this.value(name) !== undefined
  }

  text(name: string): string | undefined {
    const value = this.value(name)
    if (value === undefined || typeof value === 'string') return value
    throw this.#wrong(name, value, 'string')
  }

  boolean(name: string): boolean | undefined {
    const value = this.value(name)
    if (value === undefined || typeof value === 'boolean') return value
    throw this.#wrong(name, value, 'bool')
  }

  /** Stays base64; only its form is checked. */
  base64(name: string): string | undefined {
    const text = this.text(name)?.replace(/\s/g, '')
    if (text === undefined) return undefined
    const wrong = /[^A-Za-z0-9+/=]/.exec(text)
    if (wrong || text.length % 4 !== 0)
      throw new Error(`illegal base64 data at input byte ${wrong?.index ?? text.length}`)
    return text
  }

  texts(name: string): string[] | undefined {
    const value = this.value(name)
    if (value === undefined) return undefined
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
    throw this.#wrong(name, value, '[]string')
  }

  textLists(name: string): Record<string, string[]> | undefined {
    if (!this.has(name)) return undefined
    const lists = this.object(name, this.#struct)
    return Object.fromEntries(Object.keys(lists.#object).map((key) => [key, lists.texts(key) ?? []]))
  }

  textMap(name: string): Record<string, string> | undefined {
    if (!this.has(name)) return undefined
    const map = this.object(name, this.#struct)
    return Object.fromEntries(Object.keys(map.#object).map((key) => [key, map.text(key) ?? '']))
  }

  object(name: string, struct: string): Fields {
    const value = this.value(name) ?? {}
    if (!isObject(value)) throw this.#wrong(name, value, `v1.${struct}`)
    return new Fields(value, struct, `${this.#path}${name}.`)
  }

  objects(name: string, struct: string): Fields[] {
    const value = this.value(name) ?? []
    if (!Array.isArray(value)) throw this.#wrong(name, value, `[]v1.${struct}`)
    return value.map((item: unknown) => {
      if (!isObject(item)) throw this.#wrong(name, item, `v1.${struct}`)
      return new Fields(item, struct, `${this.#path}${name}.`)
    })
  }

  #wrong(name: string, value: unknown, wanted: string): Error {
    const field = `${this.#struct}.${this.#path}${name}`
    return new Error(`json: cannot unmarshal ${typeOf(value)} into Go struct field ${field} of type ${wanted}`)
  }
}

function mismatch(value: unknown, wanted: string): string {
  return `json: cannot unmarshal ${typeOf(value)} into Go value of type ${wanted}`
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
