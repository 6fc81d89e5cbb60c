import { type ContainerConfig, RuntimeError } from '../cri.ts'

/** How this machine lets the agent isolate its containers. */
export interface Isolation {
  /** The agent runs as root, so that no user namespace is needed. */
  root: boolean
  /** Whether a container gets mount and UTS namespaces of its own. */
  namespaces: boolean
  /** The agent's own ids. */
  uid: number
  gid: number
}

type Identity = Pick<ContainerConfig, 'runAsUser' | 'runAsGroup' | 'supplementalGroups'>

/** Throws a RuntimeError for a user that a container cannot be given on this machine. */
export function assertIdentity({ root, namespaces, uid }: Isolation, { runAsUser }: Identity): void {
  if (root || namespaces || runAsUser === undefined || runAsUser === uid) return
  throw new RuntimeError(`cannot run as user ${runAsUser}: the node agent is user ${uid} and has no user namespaces`)
}

/** Prefix of the command that begins a container: makes its namespaces; in there the agent's user is root. */
export function unshareCommand({ root, namespaces }: Isolation): string[] {
  if (!namespaces) return []
  const user = root ? [] : ['--user', '--map-root-user']
  return ['unshare', ...user, '--mount', '--uts', '--propagation', 'private', '--']
}

/**
 * Prefix of the container's own command: takes on its user. Root becomes that user. An ordinary user cannot, but within
 * a user namespace of the container's own it can be seen as that user; without `runAsUser` it is seen as itself.
 */
export function identityCommand(isolation: Isolation, identity: Identity): string[] {
  const { root, namespaces, uid, gid } = isolation
  if (root) {
    const { runAsUser = 0, runAsGroup = runAsUser === 0 ? 0 : runAsUser, supplementalGroups = [] } = identity
    if (runAsUser === 0 && runAsGroup === 0 && supplementalGroups.length === 0) return []
    const groups = supplementalGroups.length > 0 ? ['--groups', supplementalGroups.join(',')] : ['--clear-groups']
    return ['setpriv', '--reuid', String(runAsUser), '--regid', String(runAsGroup), ...groups, '--']
  }
  if (!namespaces) return []
  const user = identity.runAsUser ?? uid
  if (user === 0) return []
  const group = identity.runAsGroup ?? (identity.runAsUser === undefined ? gid : 0)
  return ['unshare', '--user', `--map-user=${user}`, `--map-group=${group}`, '--']
}

/**
 * Prefix of the shell that begins a further command in a container: into its namespaces, and into the user namespace
 * that owns them. The user is taken on in there, by `joinIdentityCommand`.
 */
export function enterCommand({ root, namespaces }: Isolation, shimPid: number): string[] {
  if (!namespaces) return []
  const user = root ? [] : ['--user', '--preserve-credentials']
  return ['nsenter', '--target', String(shimPid), '--mount', '--uts', ...user, '--']
}

/**
 * Prefix of a further command: takes on the user of the container's first process, whose pid is in the shell variable
 * `pid`. What is a user namespace of its own there is joined rather than made once more.
 */
export function joinIdentityCommand(isolation: Isolation, identity: Identity): string[] {
  const command = identityCommand(isolation, identity)
  if (isolation.root || command.length === 0) return command
  return ['nsenter', '--target', '$pid', '--user', '--preserve-credentials', '--']
}
