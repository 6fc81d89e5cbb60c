/** A kubeconfig as it is written: the members have the names that the file gives them. */
export interface Kubeconfig {
  apiVersion?: string
  kind?: string
  preferences?: unknown
  clusters: NamedCluster[]
  contexts: NamedContext[]
  'current-context': string
  users: NamedUser[]
}

export interface NamedCluster {
  name: string
  cluster: ClusterEntry
}

export interface NamedContext {
  name: string
  context: ContextEntry
}

export interface NamedUser {
  name: string
  user: UserEntry
}

export interface ClusterEntry {
  server?: string
  'tls-server-name'?: string
  'insecure-skip-tls-verify'?: boolean
  'certificate-authority'?: string
  'certificate-authority-data'?: string
  'proxy-url'?: string
  'disable-compression'?: boolean
  extensions?: NamedExtension[]
}

export interface ContextEntry {
  cluster?: string
  user?: string
  namespace?: string
  extensions?: NamedExtension[]
}

export interface UserEntry {
  'client-certificate'?: string
  'client-certificate-data'?: string
  'client-key'?: string
  'client-key-data'?: string
  token?: string
  tokenFile?: string
  as?: string
  'as-uid'?: string
  'as-groups'?: string[]
  'as-user-extra'?: Record<string, string[]>
  username?: string
  password?: string
  'auth-provider'?: { name: string; config?: Record<string, string> }
  exec?: ExecEntry
  extensions?: NamedExtension[]
}

/** A program that prints credentials. */
export interface ExecEntry {
  command: string
  args?: string[]
  env?: { name: string; value: string }[]
  apiVersion?: string
  installHint?: string
  provideClusterInfo?: boolean
  interactiveMode?: string
}

export interface NamedExtension {
  name: string
  extension: unknown
}

export function emptyKubeconfig(): Kubeconfig {
  return { apiVersion: 'v1', kind: 'Config', clusters: [], contexts: [], 'current-context': '', users: [] }
}
