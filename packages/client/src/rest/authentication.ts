import type { ClientConfig, Credentials, Impersonation } from './config.ts'

export type Headers = Record<string, string | string[]>

/** Says who asks: where the credentials of the next request come from, and how they look in its headers. */
export class Authentication {
  readonly #config: ClientConfig

  constructor(config: ClientConfig) {
    this.#config = config
  }

  /** As client-go: a source, such as an exec plugin, is asked only where the configuration has no credentials itself. */
  get #source() {
    const { token, username, cert, credentials } = this.#config
    return token || username || cert ? undefined : credentials
  }

  async credentials(): Promise<Credentials> {
    if (this.#source) return this.#source.get()
    const { token, cert, key } = this.#config
    const value = typeof token === 'function' ? token() : token
    return { ...(value && { token: value }), ...(cert && { cert }), ...(key && { key }) }
  }

  /** The server answered 401. True when there may be others to try. */
  rejected(credentials: Credentials): boolean {
    this.#source?.rejected(credentials)
    return this.#source !== undefined
  }

  headers({ token }: Credentials): Headers {
    const { username, password, impersonate, userAgent = defaultUserAgent } = this.#config
    const basic = username && Buffer.from(`${username}:${password ?? ''}`).toString('base64')
    return {
      'user-agent': userAgent,
      ...(token ? { authorization: `Bearer ${token}` } : basic ? { authorization: `Basic ${basic}` } : {}),
      ...(impersonate && impersonation(impersonate)),
    }
  }
}

const defaultUserAgent = `wherry/v1.36.0 (${process.platform}/${process.arch})`

function impersonation({ user, uid, groups = [], extra = {} }: Impersonation): Headers {
  const headers: Headers = { 'impersonate-user': user }
  if (uid) headers['impersonate-uid'] = uid
  if (groups.length > 0) headers['impersonate-group'] = [...groups]
  for (const [key, values] of Object.entries(extra)) headers[`impersonate-extra-${headerKey(key)}`] = [...values]
  return headers
}

/** Percent-encodes what a header's name cannot hold, as client-go's `headerKeyEscape`. */
function headerKey(key: string): string {
  return key.replace(/[^!#$&'*+\-.^_`|~0-9A-Za-z]/gu, (character) => encodeURIComponent(character))
}
