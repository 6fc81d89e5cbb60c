/** What is shown to the API server to say who asks. */
export interface Credentials {
  token?: string
  /** PEM. */
  cert?: string
  /** PEM. */
  key?: string
}

/** Credentials that are made on demand, such as by an exec plugin. */
export interface CredentialSource {
  get(): Promise<Credentials>
  /** The server answered 401 to these: the next `get` makes new ones, unless others are there already. */
  rejected(credentials: Credentials): void
}

/** Whom to act as; the server asks whether the caller may. */
export interface Impersonation {
  user: string
  uid?: string
  groups?: readonly string[]
  extra?: Readonly<Record<string, readonly string[]>>
}

/** How to reach one API server. Certificates and keys are PEM text, not paths. */
export interface ClientConfig {
  /** `https://host:port`, with a path where the API is served under one. */
  server: string
  ca?: string
  cert?: string
  key?: string
  /** A function is asked before every request, so that a token can be renewed. */
  token?: string | (() => string)
  username?: string
  password?: string
  /** Used where there is neither token, password nor certificate. */
  credentials?: CredentialSource
  insecureSkipTLSVerify?: boolean
  /** The name that the server's certificate must bear, where it is not the server's host. */
  tlsServerName?: string
  /** An HTTP proxy to go through. */
  proxyURL?: string
  userAgent?: string
  /** The namespace that the context names; the client itself does not use it. */
  namespace?: string
  impersonate?: Impersonation
  /** Gives up on a request that takes longer; watches and streams are exempt. Never unless told. */
  timeoutMs?: number
}
